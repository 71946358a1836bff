#include "app/command_line/doctor_options.h"

namespace marquee::app {

void add_doctor_options(CLI::App& command, commands::DoctorOptions& options) {
  constexpr std::int64_t kDaysMax = 36'500;
  command.add_flag("--json", options.json, "print JSON instead of a table");
  command.add_option("--model-days", options.model_days_max, "an older model is a warning")
      ->check(CLI::Range(std::int64_t{0}, kDaysMax));
}

}  // namespace marquee::app
