#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"
#include "formats/log_frame.h"

namespace marquee::embedded {

/// One segment of the log, opened. The file may be shared by a writer and readers.
struct Segment {
  std::string path;
  formats::SegmentHeader header;
  std::shared_ptr<File> file;
};

/// "00000000000000001842.log" for first offset 1842.
std::string segment_name(std::uint64_t first_offset);
/// None when `name` is not of that form.
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

/// First offsets of the segments in `directory`, ascending.
Result<std::vector<std::uint64_t>> list_segments(Disk& disk, const std::string& directory);

/// Opens a segment and checks its header. kDataLoss when the header is damaged or is not the one
/// its name promises.
Result<Segment> open_segment(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                             Disk::Open how);

/// Makes an empty segment that has the space for `bytes` in all, durable with its name when this
/// returns. Until then the file has another name, so that a ".log" always has a whole header.
Result<Segment> create_segment(Disk& disk, const std::string& directory,
                               const formats::SegmentHeader& header, std::uint64_t bytes);

/// kDataLoss at a byte of a segment: what is damaged, where, and what to do.
Error damage(const Segment& segment, std::uint64_t position, std::uint64_t offset,
             std::string_view what);

/// The open segments of a log, ascending by first offset. Thread-safe.
class SegmentList {
 public:
  void add(Segment segment);
  /// The last segment whose first offset is <= `offset`; none before the first.
  std::optional<Segment> holding(std::uint64_t offset) const;
  /// The first segment whose first offset is > `offset`.
  std::optional<Segment> after(std::uint64_t offset) const;
  std::optional<Segment> first() const;
  std::optional<Segment> last() const;
  std::vector<Segment> all() const;
  /// Drops those that begin before `offset`. Who holds one can go on reading it.
  void remove_before(std::uint64_t offset);

 private:
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;
};

}  // namespace marquee::embedded
