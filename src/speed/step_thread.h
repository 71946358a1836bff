#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/thread_role.h"

namespace marquee::speed {

/// A thread that takes one step after another; after one that failed it waits, longer and longer,
/// and says so in health(). Threads: start() once; the others from any.
class StepThread {
 public:
  struct Backoff {
    std::chrono::milliseconds min{10};  ///< after a failure; doubles
    std::chrono::milliseconds max{1'000};
  };
  struct Work {
    std::string what;  ///< in messages: "folding" stands still
    const char* name;  ///< of the thread
    ThreadRole role;
  };
  StepThread(Work doing, Backoff backoff) : doing_(std::move(doing)), backoff_(backoff) {}
  ~StepThread() { stop(); }
  StepThread(const StepThread&) = delete;
  StepThread& operator=(const StepThread&) = delete;

  /// `waits`, when there is one, hears before every pause how long it is, and zero after a step
  /// that succeeded. A step without memory (std::bad_alloc) has failed like any other.
  void start(std::function<Result<void>()> step,
             std::function<void(std::chrono::milliseconds)> waits);
  /// Finishes the step under way.
  void stop();
  Result<void> health() const;

 private:
  void run(const std::stop_token& stop);
  Result<void> step_once();
  void note(const Result<void>& stepped);

  const Work doing_;
  const Backoff backoff_;
  std::function<Result<void>()> step_;
  std::function<void(std::chrono::milliseconds)> waits_;
  mutable std::mutex mutex_;
  std::optional<Error> problem_;  // guarded by mutex_
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::mutex stop_mutex_;
  std::jthread thread_;
};

}  // namespace marquee::speed
