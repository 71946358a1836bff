#include "app/background/identity_upkeep.h"

#include <chrono>
#include <utility>

#include "telemetry/log.h"

namespace marquee::app {

IdentityUpkeep::IdentityUpkeep(std::vector<std::function<Result<void>()>> steps)
    : steps_(std::move(steps)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

IdentityUpkeep::~IdentityUpkeep() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Result<void> IdentityUpkeep::look() const {
  Result<void> first;
  for (const auto& step : steps_) {
    auto done = step();
    if (first.ok()) first = std::move(done);
  }
  return first;
}

void IdentityUpkeep::run(const std::stop_token& stop) {
  constexpr std::chrono::seconds kInterval{1};
  bool well = true;
  while (!stop.stop_requested()) {
    const Result<void> looked = look();
    if (!looked.ok() && well) {
      telemetry::log(telemetry::Level::kWarning, "identity",
                     "keys stay as they were: " + looked.error().message);
    }
    well = looked.ok();
    std::unique_lock lock(sleep_mutex_);
    sleeping_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

}  // namespace marquee::app
