#include "app/background/shared_changes.h"

#include <utility>

#include "telemetry/log.h"

namespace marquee::app {

SharedChanges::SharedChanges(Ports ports, std::chrono::milliseconds interval)
    : ports_(std::move(ports)), interval_(interval) {}

SharedChanges::~SharedChanges() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SharedChanges::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void SharedChanges::run(const std::stop_token& stop) {
  bool well = true;
  while (!stop.stop_requested()) {
    const Result<void> looked = look();
    if (!looked.ok() && well) {
      telemetry::log(telemetry::Level::kWarning, "app",
                     "cannot see what other processes changed: " + looked.error().message);
    }
    well = looked.ok();
    std::unique_lock lock(sleep_mutex_);
    sleeping_.wait_for(lock, stop, interval_, [] { return false; });
  }
}

Result<void> SharedChanges::look() {
  Result<void> catalog = look_at_catalog();
  const Result<void> model = look_at_model();
  return catalog.ok() ? model : catalog;
}

Result<void> SharedChanges::look_at_catalog() {
  MARQUEE_TRY(const std::uint64_t revision, ports_.catalog.revision());
  if (revision_ && *revision_ != revision) MARQUEE_CHECK(ports_.load_catalog());
  revision_ = revision;
  return {};
}

Result<void> SharedChanges::look_at_model() {
  MARQUEE_TRY(const auto current, ports_.models.current());
  if (model_ && *model_ != current) MARQUEE_CHECK(ports_.load_model());
  model_ = current;
  return {};
}

}  // namespace marquee::app
