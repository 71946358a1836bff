#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "base/result.h"
#include "ports/event_log.h"

namespace marquee::batch {

/// The records of one partition in order, each with the time by which it belongs to a day: the
/// newest accepted_at up to it (docs/decisions/0033).
///
/// On a log of one process accepted_at never falls and that time is its own. Where several
/// processes write with their own clocks it may step back, and the time of a record stays where its
/// predecessors were: so every day ends at one place in the partition. A time that is contradicted,
/// more than kSkewMax ahead of most of the kWitnesses records behind it, counts for nothing: one
/// record from a wrong clock moves no day. Records that are no events have no time and stay with
/// their predecessors.
///
/// Reads some thousand records ahead. Not thread-safe.
class FiledRecords {
 public:
  static constexpr std::int64_t kSkewMaxMs = 60 * 60 * 1000;
  static constexpr std::size_t kWitnesses = 16;
  /// Of a record before which no event was.
  static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

  struct Filed {
    LogRecord record;
    std::int64_t time_ms = kNoTime;
  };

  /// From `from` up to `end`, or as far as `log` goes. `log` must outlive this.
  FiledRecords(EventLog& log, std::int32_t partition, std::uint64_t from, std::uint64_t end);

  /// The next record; null behind the last. The caller may move from it, and then calls pop().
  Result<Filed*> front();
  void pop() { front_.reset(); }

  /// The time of the next record that has one; kNoTime when none has. Reads over those that have
  /// none, and later reads them again.
  Result<std::int64_t> next_time_ms();

  std::int32_t partition() const { return partition_; }
  /// Where the next record stands; behind the last one, how far the log was read.
  std::uint64_t position() const;

 private:
  Result<void> read_ahead();
  bool is_contradicted(std::int64_t time_ms) const;

  EventLog& log_;
  const std::int32_t partition_;
  const std::uint64_t end_;
  Cursor at_;
  bool at_end_ = false;
  std::deque<LogRecord> ahead_;
  std::int64_t newest_ms_ = kNoTime;
  std::optional<Filed> front_;
};

}  // namespace marquee::batch
