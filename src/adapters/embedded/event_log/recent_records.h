#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "ports/event_log.h"

namespace marquee::embedded {

/// The last durable records, so that a consumer that keeps up never reads the disk. Thread-safe.
class RecentRecords {
 public:
  explicit RecentRecords(std::size_t records_max) : records_max_(records_max) {}

  /// `records` must follow on what was added before.
  void add(std::vector<LogRecord> records);
  /// At most `events_max` records from `from` on; none when `from` is no longer (or not yet) here.
  std::optional<std::vector<LogRecord>> find(std::uint64_t from, std::size_t events_max) const;

 private:
  const std::size_t records_max_;
  mutable std::mutex mutex_;
  std::deque<LogRecord> records_;
};

}  // namespace marquee::embedded
