#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/segment.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace marquee::embedded {

/// Reads records in order out of segments. Remembers where the last few reads ended, so that a
/// consumer that reads on does not search. Thread-safe.
class RecordReader {
 public:
  enum class Stop {
    kEnough,  ///< the wanted records are there
    kEnd,     ///< nothing more is written
    kBad,     ///< bytes that are no intact frame follow: damage, or a frame still being written
  };
  struct Records {
    std::vector<LogRecord> records;
    std::uint64_t next = 0;         ///< where to read on
    std::uint64_t durable_end = 0;  ///< what the frames met say was synced before they were written
    Stop stop = Stop::kEnough;
    std::optional<Segment> segment;  ///< where it stopped
    std::uint64_t position = 0;      ///< the frame there holds `next` or comes before it
  };

  /// `segments` must outlive the reader; segments may be added meanwhile.
  explicit RecordReader(const SegmentList& segments) : segments_(segments) {}

  /// At most `events_max` records of [from, until). kFailedPrecondition when the log begins after
  /// `from`; kDataLoss when events are missing between frames.
  Result<Records> read(std::uint64_t from, std::uint64_t until, std::size_t events_max);

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t segment = 0;   ///< its first offset
    std::uint64_t position = 0;  ///< of the frame there that holds `offset` or is right before it
  };

  Result<void> read_segment(const Segment& segment, std::uint64_t until, std::size_t events_max,
                            Records& out);
  std::uint64_t place_of(std::uint64_t offset, const Segment& segment) const;
  void remember(std::uint64_t from, const Records& read);

  const SegmentList& segments_;
  mutable std::mutex mutex_;
  std::array<Place, 16> places_{};
  std::size_t oldest_place_ = 0;
};

}  // namespace marquee::embedded
