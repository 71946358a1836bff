#include "app/doctor/doctor.h"

#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "base/clock.h"

namespace marquee::app::commands {

Result<void> doctor(const SettingSources& sources, const DoctorOptions& options) {
  // A wrong flag is a typing error of this call; wrong files and variables are findings.
  const auto flags = load_settings({std::nullopt, {}, sources.flags});
  if (!flags.ok()) return flags.error();
  const SystemClock clock;
  const app::doctor::Report report =
      app::doctor::examine(sources, clock, {options.model_days_max, app::doctor::free_bytes_of});
  fmt::print("{}{}", options.json ? app::doctor::to_json(report) : app::doctor::to_text(report),
             options.json ? "\n" : "");
  std::fflush(stdout);
  return report.verdict();
}

}  // namespace marquee::app::commands
