#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "ports/recommendation_log.h"
#include "telemetry/metrics.h"

namespace marquee::serving {

/// Writes shown lists to the recommendation log from a bounded queue on a thread of its own, many a
/// transaction, so that no answer waits for it. A log that fails is tried again; a list that finds
/// the queue full meanwhile is dropped and counted (marquee_reclog_dropped_total). The destructor
/// writes what is queued, with one try. Thread-safe.
class ShownListWriter {
 public:
  struct Options {
    std::size_t queue_max = 8'192;
    /// A transaction and its sync cost as much as many lists; what is stored behind the fold waits
    /// some milliseconds for a batch.
    std::size_t batch_max = 256;
    std::chrono::milliseconds flush_interval{200};
  };
  ShownListWriter(RecommendationLog& log, telemetry::Metrics& metrics, Options options);
  ~ShownListWriter();

  void write(ShownList list);
  QueueState queue() const { return queue_.state(); }

 private:
  void run(const std::stop_token& stop);
  /// What is queued, then more while there are whole batches (`to_the_end`: anything): who writes
  /// what came meanwhile at once writes every list by itself. False when the log failed; what it
  /// did not take then stays in `unwritten_`.
  bool write_queued(bool to_the_end);

  RecommendationLog& log_;
  const Options options_;
  telemetry::Counter& dropped_;
  BoundedQueue<ShownList> queue_;
  std::vector<ShownList> unwritten_;  // the thread's
  std::mutex sleep_mutex_;
  std::condition_variable_any many_queued_;
  std::jthread thread_;
};

}  // namespace marquee::serving
