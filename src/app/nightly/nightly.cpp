#include "app/nightly/nightly.h"

#include <filesystem>

#include <fmt/format.h>

namespace marquee::app {
namespace {

/// Of a directory there is one owner, its lock says so. A new owner goes on under the lease of the
/// one before at once, instead of waiting for it to run out. Where several processes share the runs
/// each has another name (application.cpp).
constexpr const char* kHolder = "the owner of the data directory";

bool concerns_the_server(std::string_view key) {
  return key == "data_dir" || key.starts_with("server.") || key.starts_with("scheduler.");
}

}  // namespace

Result<scheduling::Scheduler::Options> scheduler_options(const Settings& settings) {
  scheduling::Scheduler::Options options;
  auto cron = scheduling::Cron::parse(settings.scheduler_cron);
  if (!cron.ok()) return cron.error().with_context("scheduler.cron");
  if (settings.scheduler_enabled) options.cron = *std::move(cron);
  const auto catch_up = scheduling::parse_catch_up(settings.scheduler_catch_up);
  if (!catch_up.ok()) return catch_up.error().with_context("scheduler.catch_up");
  options.catch_up = *catch_up;
  options.execution.stage_retries_max =
      static_cast<std::int32_t>(settings.scheduler_stage_retries_max);
  options.execution.stage_timeout = std::chrono::seconds(settings.scheduler_stage_timeout_s);
  options.holder = kHolder;
  return options;
}

std::vector<std::string> stage_arguments(const LoadedSettings& loaded) {
  std::vector<std::string> arguments;
  if (loaded.file) {
    arguments.insert(arguments.end(),
                     {"--config", std::filesystem::absolute(*loaded.file).string()});
  }
  for (const Property& property : properties()) {
    const auto origin = loaded.origins.find(property.key);
    if (origin == loaded.origins.end() || origin->second != "command line") continue;
    if (concerns_the_server(property.key)) continue;
    arguments.insert(
        arguments.end(),
        {"--set", fmt::format("{}={}", property.key, setting_text(loaded.settings, property))});
  }
  return arguments;
}

}  // namespace marquee::app
