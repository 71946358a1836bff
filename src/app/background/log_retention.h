#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "adapters/embedded/event_log/segment_removal.h"
#include "app/storage/storage.h"
#include "base/clock.h"
#include "base/result.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// Removes the oldest segments of the owner's log on a thread of its own, once their events are old
/// enough, folded, and read back from the archive just as they stand in the log
/// (docs/decisions/0027-retention.md). Exports what the log holds.
class LogRetention {
 public:
  struct Options {
    std::int64_t keep_ms = 0;  ///< younger events stay
    std::chrono::seconds every{3'600};
    std::chrono::seconds gauges_every{15};
  };
  /// `storage` must be its directory's owner; the references must outlive the object.
  LogRetention(Storage& storage, const Clock& clock, telemetry::Metrics& metrics, Options options);
  ~LogRetention();
  LogRetention(const LogRetention&) = delete;
  LogRetention& operator=(const LogRetention&) = delete;

  /// The first pass begins at once.
  void start();
  /// One pass, until all is done that may be or `stop` is requested. Not beside a running thread.
  /// kDataLoss, nothing more removed, when the archive does not give back what the log holds.
  Result<embedded::RemovedSegments> remove_old(const std::stop_token& stop = {});

 private:
  void run(const std::stop_token& stop);
  void set_gauges();
  Result<void> check_archived(std::uint64_t from, std::uint64_t end, const std::stop_token& stop);

  Storage& storage_;
  const Clock& clock_;
  const Options options_;
  telemetry::Gauge& segments_;
  telemetry::Gauge& bytes_;
  telemetry::Gauge& first_offset_;
  telemetry::Counter& removed_segments_;
  telemetry::Counter& removed_bytes_;
  std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace marquee::app
