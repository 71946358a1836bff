#include "adapters/embedded/event_log/log_begin.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "adapters/embedded/event_log/segment.h"
#include "base/uuid.h"
#include "domain/offset.h"
#include "formats/log_frame.h"

namespace marquee::embedded {
namespace {

Error begins_too_late(const std::string& directory, std::uint64_t wanted,
                      const std::vector<std::uint64_t>& found) {
  const std::string first =
      found.empty()
          ? "it has none"
          : fmt::format("the first is {}", Offset{Offset::kEmbedded, found.front()}.to_string());
  return Error{ErrorCode::kDataLoss,
               fmt::format("event log {} lacks the segment that begins with event {}, {}; restore "
                           "it from a backup, or give up what is lost with: marquee log repair "
                           "--accept-loss",
                           directory, Offset{Offset::kEmbedded, wanted}.to_string(), first)};
}

}  // namespace

Result<std::uint64_t> read_log_begin(Disk& disk, const std::string& directory) {
  const std::string path = directory + "/" + kLogBeginName;
  const auto file = disk.open(path, Disk::Open::kRead);
  if (!file.ok() && file.error().code == ErrorCode::kNotFound) return std::uint64_t{0};
  if (!file.ok()) return file.error();
  std::array<std::byte, formats::kLogBeginBytes + 1> bytes{};
  MARQUEE_TRY(const std::size_t count, (*file)->read_at(0, bytes));
  auto begin = formats::decode_log_begin(std::span(bytes).first(count));
  if (begin.ok()) return begin;
  return Error{begin.error().code,
               fmt::format("{}: {}; restore it from a backup, or take the log as it is with: "
                           "marquee log repair --accept-loss",
                           path, begin.error().message)};
}

Result<void> store_log_begin(Disk& disk, const std::string& directory, std::uint64_t first_offset) {
  const std::string path = directory + "/" + kLogBeginName;
  const std::string unfinished = path + ".new";
  MARQUEE_TRY(const auto file, disk.open(unfinished, Disk::Open::kCreate));
  MARQUEE_CHECK(file->write_at(0, formats::encode_log_begin(first_offset)));
  MARQUEE_CHECK(file->sync());
  MARQUEE_CHECK(disk.rename(unfinished, path));
  return disk.sync_directory(directory);
}

Result<void> begin_log_at(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                          std::int64_t now_ms) {
  MARQUEE_CHECK(disk.create_directory(directory));
  MARQUEE_TRY(const auto present, list_segments(disk, directory));
  if (!present.empty()) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} holds an event log already", directory)};
  }
  formats::SegmentHeader header{.first_offset = first_offset, .created_at_ms = now_ms};
  const Uuid id = Uuid::v7(now_ms);
  std::memcpy(header.id.data(), id.bytes().data(), header.id.size());
  // The segment first: begin.bin without one is a log that lost its events.
  MARQUEE_CHECK(create_segment(disk, directory, header, formats::SegmentHeader::kBytes));
  return first_offset == 0 ? Result<void>() : store_log_begin(disk, directory, first_offset);
}

Result<LogListing> list_log(Disk& disk, const std::string& directory) {
  std::uint64_t begin = 0;
  LogListing listing;
  // The owner may begin a segment and remove all before it between the two looks.
  for (int look = 0; look < 2; ++look) {
    MARQUEE_TRY(const auto offsets, list_segments(disk, directory));
    MARQUEE_TRY(begin, read_log_begin(disk, directory));
    const auto first = std::lower_bound(offsets.begin(), offsets.end(), begin);
    listing.leftovers.assign(offsets.begin(), first);
    listing.segments.assign(first, offsets.end());
    const bool is_new = begin == 0 && offsets.empty();
    if (is_new || (!listing.segments.empty() && listing.segments.front() == begin)) return listing;
  }
  return begins_too_late(directory, begin, listing.segments);
}

}  // namespace marquee::embedded
