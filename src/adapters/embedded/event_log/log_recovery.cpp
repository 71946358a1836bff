#include "adapters/embedded/event_log/log_recovery.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_begin.h"
#include "domain/offset.h"
#include "formats/event_json.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;

/// Files that a crash left before they got their name hold nothing.
Result<void> remove_unfinished(Disk& disk, const std::string& directory) {
  MARQUEE_TRY(const auto names, disk.list(directory));
  for (const std::string& name : names) {
    if (name.ends_with(".new")) MARQUEE_CHECK(disk.remove(directory + "/" + name));
  }
  return disk.sync_directory(directory);
}

/// Opens what belongs to the log and takes the rest of an interrupted removal away.
Result<std::vector<Segment>> open_all(Disk& disk, const std::string& directory) {
  MARQUEE_TRY(const LogListing listing, list_log(disk, directory));
  for (const std::uint64_t offset : listing.leftovers) {
    MARQUEE_CHECK(disk.remove(directory + "/" + segment_name(offset)));
  }
  if (!listing.leftovers.empty()) MARQUEE_CHECK(disk.sync_directory(directory));
  std::vector<Segment> segments;
  for (const std::uint64_t offset : listing.segments) {
    const auto how = offset == listing.segments.back() ? Disk::Open::kReadWrite : Disk::Open::kRead;
    MARQUEE_TRY(Segment segment, open_segment(disk, directory, offset, how));
    segments.push_back(std::move(segment));
  }
  return segments;
}

/// The last segment that begins before `offset`, so that at least one event before it is scanned
/// too: its accepted_at is the lower bound of the next one's.
std::size_t scan_start(std::span<const Segment> segments, std::uint64_t offset) {
  std::size_t start = 0;
  while (start + 1 < segments.size() && segments[start + 1].header.first_offset < offset) ++start;
  return start;
}

Result<void> visit_records(const formats::FrameHeader& header, std::span<const std::byte> payload,
                           std::uint64_t from, const OnRecord& on_record, std::string& last_json) {
  formats::RecordCursor records(payload);
  for (std::uint64_t offset = header.first_offset; offset < header.end_offset(); ++offset) {
    const auto record = records.next();
    if (!record) return Error{ErrorCode::kDataLoss, "a record is cut short"};
    if (record->json.empty()) continue;
    if (offset + 1 == header.end_offset()) last_json = record->json;
    if (offset < from) continue;
    MARQUEE_TRY(const Event event, formats::parse_event_json(record->json));
    on_record(offset, event, record->fingerprint);
  }
  return {};
}

/// Copies the torn tail to a file of its own, then cuts it off.
Result<std::string> set_torn_tail_aside(Disk& disk, const std::string& directory,
                                        const Segment& segment, const LogScan& scan,
                                        std::int64_t now_ms) {
  const std::string path = fmt::format("{}/torn-{}-{}.bin", directory, scan.end_offset, now_ms);
  MARQUEE_TRY(const auto copy, disk.open(path, Disk::Open::kCreate));
  std::vector<std::byte> buffer(std::min<std::uint64_t>(kCopyBytes, scan.torn_bytes));
  for (std::uint64_t done = 0; done < scan.torn_bytes;) {
    const std::uint64_t count = std::min<std::uint64_t>(buffer.size(), scan.torn_bytes - done);
    const std::span<std::byte> piece(buffer.data(), count);
    MARQUEE_TRY(const std::size_t got, segment.file->read_at(scan.end_position + done, piece));
    if (got == 0) break;
    MARQUEE_CHECK(copy->write_at(done, piece.first(got)));
    done += got;
  }
  MARQUEE_CHECK(copy->sync());
  MARQUEE_CHECK(disk.sync_directory(directory));
  MARQUEE_CHECK(segment.file->truncate(scan.end_position));
  MARQUEE_CHECK(segment.file->sync());
  return path;
}

Error ends_too_early(const std::string& directory, std::uint64_t end, std::uint64_t wanted) {
  return Error{ErrorCode::kDataLoss,
               fmt::format("event log {} ends at {} but the state has folded it up to {}; restore "
                           "it from a backup, or accept the loss with: marquee rebuild",
                           directory, Offset{Offset::kEmbedded, end}.to_string(),
                           Offset{Offset::kEmbedded, wanted}.to_string())};
}

}  // namespace

Result<RecoveredLog> recover_log(Disk& disk, const std::string& directory,
                                 std::uint64_t verify_from, std::int64_t now_ms,
                                 const OnRecord& on_record) {
  MARQUEE_CHECK(disk.create_directory(directory));
  MARQUEE_CHECK(remove_unfinished(disk, directory));
  RecoveredLog log;
  MARQUEE_TRY(log.segments, open_all(disk, directory));
  if (log.segments.empty()) {
    if (verify_from > 0) return ends_too_early(directory, 0, verify_from);
    return log;
  }
  const Segment& last = log.segments.back();
  // A killed run may have left frames in the page cache only; from here on they count as durable.
  MARQUEE_CHECK(last.file->sync());
  last.file->drop_cache();

  std::string last_json;
  const auto to_scan = std::span(log.segments).subspan(scan_start(log.segments, verify_from));
  MARQUEE_TRY(log.scan,
              scan_segments(to_scan, [&](const auto& header, std::span<const std::byte> payload) {
                return visit_records(header, payload, verify_from, on_record, last_json);
              }));
  if (log.scan.end_offset < verify_from) {
    return ends_too_early(directory, log.scan.end_offset, verify_from);
  }
  log.last_accepted_ms = last.header.created_at_ms;
  if (!last_json.empty()) {
    MARQUEE_TRY(const Event event, formats::parse_event_json(last_json));
    log.last_accepted_ms = std::max(log.last_accepted_ms, event.accepted_at_ms);
  }
  if (log.scan.torn_bytes > 0) {
    MARQUEE_TRY(log.torn_file, set_torn_tail_aside(disk, directory, last, log.scan, now_ms));
  }
  return log;
}

}  // namespace marquee::embedded
