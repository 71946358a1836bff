#include "speed/step_thread.h"

#include <algorithm>
#include <new>
#include <utility>

#include "telemetry/log.h"

namespace marquee::speed {

void StepThread::start(std::function<Result<void>()> step,
                       std::function<void(std::chrono::milliseconds)> waits) {
  step_ = std::move(step);
  waits_ = std::move(waits);
  thread_ = std::jthread([this](const std::stop_token& stop) {
    take_role(doing_.name, doing_.role);
    run(stop);
  });
}

void StepThread::stop() {
  const std::lock_guard lock(stop_mutex_);
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Result<void> StepThread::health() const {
  const std::lock_guard lock(mutex_);
  if (problem_) return *problem_;
  return {};
}

void StepThread::run(const std::stop_token& stop) {
  auto pause = backoff_.min;
  while (!stop.stop_requested()) {
    const Result<void> stepped = step_once();
    note(stepped);
    if (waits_) waits_(stepped.ok() ? std::chrono::milliseconds(0) : pause);
    if (stepped.ok()) {
      pause = backoff_.min;
      continue;
    }
    std::unique_lock lock(sleep_mutex_);
    sleeping_.wait_for(lock, stop, pause, [] { return false; });
    pause = std::min(2 * pause, backoff_.max);
  }
}

Result<void> StepThread::step_once() {
  try {
    return step_();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kUnavailable, "no memory"};  // short enough to need none
  }
}

void StepThread::note(const Result<void>& stepped) {
  const std::lock_guard lock(mutex_);
  if (stepped.ok()) {
    if (problem_) telemetry::log(telemetry::Level::kInfo, "speed", doing_.what + " again");
    problem_.reset();
    return;
  }
  Error error = stepped.error().with_context(doing_.what + " stands still");
  if (!problem_ || problem_->message != error.message) {
    telemetry::log(telemetry::Level::kError, "speed", error.message);
  }
  problem_ = std::move(error);
}

}  // namespace marquee::speed
