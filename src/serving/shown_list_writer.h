#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include "base/bounded_queue.h"
#include "ports/recommendation_log.h"
#include "telemetry/metrics.h"

namespace marquee::serving {

/// Writes shown lists to the recommendation log from a bounded queue on a thread of its own, many a
/// transaction, so that no answer waits for it. A list that finds the queue full is dropped and
/// counted (marquee_reclog_dropped_total). The destructor writes what is queued. Thread-safe.
class ShownListWriter {
 public:
  struct Options {
    std::size_t queue_max = 8'192;
    std::size_t batch_max = 512;
    std::chrono::milliseconds flush_interval{200};
  };
  ShownListWriter(RecommendationLog& log, telemetry::Metrics& metrics, Options options);
  ~ShownListWriter();

  void write(ShownList list);

 private:
  void run();

  RecommendationLog& log_;
  const Options options_;
  telemetry::Counter& dropped_;
  BoundedQueue<ShownList> queue_;
  std::jthread thread_;
};

}  // namespace marquee::serving
