#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/files/disk.h"
#include "base/clock.h"
#include "base/result.h"
#include "telemetry/metrics.h"

namespace marquee::embedded {

/// Checks every frame of the segment in `directory` that begins with `first_offset`, up to the
/// event `end`, in a file of its own whose pages are dropped before and after: what is checked is
/// the device, and what others read stays cached. `is_sealed`: the segment ends there, nothing may
/// follow. `on_bytes` is told what was read; false ends it early with kUnavailable. kDataLoss,
/// naming file and byte, for damage; kNotFound when there is no such segment. Changes nothing.
Result<void> check_segment(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                           std::uint64_t end, bool is_sealed,
                           const std::function<bool(std::uint64_t bytes)>& on_bytes);

/// Slowly reads a whole log that is in use, again and again, on a thread of its own: a start checks
/// only what the fold has not passed, and a disk's rot is worth knowing while a backup still has
/// the bytes. Finds and tells; changes nothing. Thread-safe.
class LogScrub {
 public:
  struct Options {
    std::string directory;
    std::uint64_t bytes_per_s = 4ULL << 20;
    std::chrono::seconds interval{86'400};  ///< from the begin of one pass to the next
  };
  /// `segments` and `end`, one past the last durable event, are the owner's; the references must
  /// outlive the object.
  LogScrub(const SegmentList& segments, std::function<std::uint64_t()> end, Disk& disk,
           const Clock& clock, telemetry::Metrics& metrics, Options options);
  ~LogScrub();
  LogScrub(const LogScrub&) = delete;
  LogScrub& operator=(const LogScrub&) = delete;

  /// The first pass begins at once.
  void start();
  /// kDataLoss while a segment is known to be damaged, by the last look at it.
  Result<void> health() const;

 private:
  void run(const std::stop_token& stop);
  void pass(const std::stop_token& stop);
  void note(std::uint64_t first_offset, const Result<void>& found);
  bool pace(std::uint64_t bytes, const std::stop_token& stop);
  void wait_until(std::chrono::steady_clock::time_point when, const std::stop_token& stop);

  const SegmentList& segments_;
  const std::function<std::uint64_t()> end_;
  Disk& disk_;
  const Clock& clock_;
  const Options options_;
  telemetry::Counter& bytes_;
  telemetry::Counter& checked_;
  telemetry::Counter& passes_;
  telemetry::Gauge& damaged_;
  telemetry::Gauge& finished_at_;
  std::chrono::steady_clock::time_point next_read_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::map<std::uint64_t, Error> damage_;  ///< by the segment's first offset
  std::jthread thread_;                    // last: ends before what it uses
};

}  // namespace marquee::embedded
