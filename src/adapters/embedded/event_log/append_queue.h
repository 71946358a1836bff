#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "base/queue_state.h"
#include "ports/event_log.h"

namespace marquee::embedded {

/// One append() on its way to the writer thread.
struct QueuedAppend {
  std::vector<PendingEvent> events;
  EventLog::Completion done;
};

/// Appends that wait for the writer, bounded by their events. Thread-safe.
class AppendQueue {
 public:
  explicit AppendQueue(std::size_t events_max) : events_max_(events_max) {}

  enum class Pushed { kYes, kFull, kClosed };
  /// Moves from `append` only when kYes.
  Pushed try_push(QueuedAppend& append) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Pushed::kClosed;
      if (events_ + append.events.size() > events_max_) {
        refused_ += append.events.size();
        return Pushed::kFull;
      }
      const std::size_t events = append.events.size();
      waiting_.push_back(std::move(append));  // throws, if at all, before it moves
      events_ += events;
    }
    ready_.notify_one();
    return Pushed::kYes;
  }

  /// Waits for appends and takes all there are. Empty once closed and drained.
  std::deque<QueuedAppend> pop_all() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    std::deque<QueuedAppend> taken;  // making one allocates: if that fails, all stay in the queue
    taken.swap(waiting_);
    events_ = 0;
    return taken;
  }

  /// In events; what the writer has taken waits no more.
  QueueState state() const {
    const std::lock_guard lock(mutex_);
    return {events_, events_max_, refused_};
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

 private:
  const std::size_t events_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<QueuedAppend> waiting_;
  std::size_t events_ = 0;
  std::uint64_t refused_ = 0;
  bool closed_ = false;
};

}  // namespace marquee::embedded
