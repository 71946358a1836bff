#include "adapters/embedded/event_log/segment.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "domain/offset.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kDigits = 20;  // of 2^64 - 1
constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kUnfinishedSuffix = ".new";

bool begins_after(std::uint64_t offset, const Segment& segment) {
  return offset < segment.header.first_offset;
}

}  // namespace

std::string segment_name(std::uint64_t first_offset) {
  return fmt::format("{:0{}}{}", first_offset, kDigits, kSuffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, kDigits);
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + kDigits, offset);
  if (error != std::errc{} || end != digits.data() + kDigits) return std::nullopt;
  return offset;
}

Result<std::vector<std::uint64_t>> list_segments(Disk& disk, const std::string& directory) {
  MARQUEE_TRY(const auto names, disk.list(directory));
  std::vector<std::uint64_t> offsets;
  for (const std::string& name : names) {
    if (const auto offset = parse_segment_name(name)) offsets.push_back(*offset);
  }
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

Result<Segment> open_segment(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                             Disk::Open how) {
  Segment segment{directory + "/" + segment_name(first_offset), {}, nullptr};
  MARQUEE_TRY(segment.file, disk.open(segment.path, how));
  std::array<std::byte, formats::SegmentHeader::kBytes> bytes{};
  MARQUEE_TRY(const std::size_t count, segment.file->read_at(0, bytes));
  auto header = formats::decode_segment_header(std::span(bytes).first(count));
  if (!header.ok() && header.error().code != ErrorCode::kDataLoss) {
    return std::move(header).error().with_context(segment.path);
  }
  if (!header.ok()) return damage(segment, 0, first_offset, header.error().message);
  if (header->first_offset != first_offset) {
    return damage(segment, 0, first_offset, "its header belongs to another segment");
  }
  segment.header = *header;
  return segment;
}

Result<Segment> create_segment(Disk& disk, const std::string& directory,
                               const formats::SegmentHeader& header, std::uint64_t bytes) {
  Segment segment{directory + "/" + segment_name(header.first_offset), header, nullptr};
  const std::string unfinished = segment.path + std::string(kUnfinishedSuffix);
  MARQUEE_TRY(segment.file, disk.open(unfinished, Disk::Open::kCreate));
  MARQUEE_CHECK(segment.file->reserve(bytes));
  MARQUEE_CHECK(segment.file->write_at(0, formats::encode_segment_header(header)));
  MARQUEE_CHECK(segment.file->sync());
  MARQUEE_CHECK(disk.rename(unfinished, segment.path));
  MARQUEE_CHECK(disk.sync_directory(directory));
  return segment;
}

Error damage(const Segment& segment, std::uint64_t position, std::uint64_t offset,
             std::string_view what) {
  return Error{
      ErrorCode::kDataLoss,
      fmt::format("event log {} is damaged at byte {}, event {}: {}; restore the file from a "
                  "backup, or give up what is lost with: marquee log repair --accept-loss",
                  segment.path, position, Offset{Offset::kEmbedded, offset}.to_string(), what)};
}

void SegmentList::add(Segment segment) {
  const std::lock_guard lock(mutex_);
  const auto at = std::upper_bound(segments_.begin(), segments_.end(), segment.header.first_offset,
                                   begins_after);
  segments_.insert(at, std::move(segment));
}

std::optional<Segment> SegmentList::holding(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::upper_bound(segments_.begin(), segments_.end(), offset, begins_after);
  if (at == segments_.begin()) return std::nullopt;
  return *std::prev(at);
}

std::optional<Segment> SegmentList::after(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::upper_bound(segments_.begin(), segments_.end(), offset, begins_after);
  if (at == segments_.end()) return std::nullopt;
  return *at;
}

std::optional<Segment> SegmentList::first() const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) return std::nullopt;
  return segments_.front();
}

std::vector<Segment> SegmentList::all() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

void SegmentList::remove_before(std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  std::erase_if(segments_,
                [&](const Segment& segment) { return segment.header.first_offset < offset; });
}

std::optional<Segment> SegmentList::last() const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) return std::nullopt;
  return segments_.back();
}

}  // namespace marquee::embedded
