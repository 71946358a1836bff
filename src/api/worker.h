#pragma once

#include <cstddef>
#include <functional>
#include <thread>

#include "base/bounded_queue.h"

namespace marquee::api {

/// One thread for work that must not run on an I/O thread: reads of the store, answers that waited,
/// operators' calls. The destructor runs what is queued, then ends. Thread-safe.
class Worker {
 public:
  static constexpr std::size_t kQueueMax = 4'096;

  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Takes no more tasks; what is queued still runs.
  void stop() { queue_.close(); }
  /// Waits until what was queued has run; after stop(), once.
  void join() { thread_.join(); }
  /// False when the queue is full or the worker is ending: answer 503 then.
  bool post(std::function<void()> task);
  QueueState queue() const { return queue_.state(); }

 private:
  BoundedQueue<std::function<void()>> queue_{kQueueMax};
  std::jthread thread_;
};

}  // namespace marquee::api
