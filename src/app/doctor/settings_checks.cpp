#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "app/doctor/checks.h"
#include "app/nightly/nightly.h"
#include "app/options/gateway_options.h"
#include "app/options/roles.h"
#include "settings/toml_file.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kSettingsCheck = "settings";
constexpr const char* kAdvice = "see marquee config show --origin for every setting and its value";

/// What load_settings() says of one value alone, without the name of its source.
std::optional<std::string> wrong(const SettingSources& one) {
  const auto loaded = load_settings(one);
  if (loaded.ok()) return std::nullopt;
  const std::string& message = loaded.error().message;
  const std::size_t origin = message.find(": ");
  return origin == std::string::npos ? message : message.substr(origin + 2);
}

/// Reports what is wrong in the environment and leaves it out.
void check_environment(SettingSources& sources, Report& report) {
  std::erase_if(sources.environment, [&report](const auto& variable) {
    const auto problem = wrong({std::nullopt, {variable}, {}});
    if (problem) {
      report.error(kSettingsCheck, variable.first, *problem, kAdvice, ErrorCode::kInvalidArgument);
    }
    return problem.has_value();
  });
}

/// True when every line of `file` is right.
bool check_file(const std::string& file, Report& report) {
  const auto entries = read_toml_file(file);
  if (!entries.ok()) {
    report.error(kSettingsCheck, file, entries.error().message, "mend or name the file",
                 entries.error().code);
    return false;
  }
  bool all_right = true;
  for (const TomlEntry& entry : *entries) {
    const auto problem = wrong({std::nullopt, {}, {{entry.key, entry.text}}});
    if (!problem) continue;
    all_right = false;
    report.error(kSettingsCheck, fmt::format("{}:{}", file, entry.line), *problem, kAdvice,
                 ErrorCode::kInvalidArgument);
  }
  return all_right;
}

std::optional<std::string> file_beside(const std::string& data_dir) {
  const auto file = std::filesystem::path(data_dir) / "marquee.toml";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return file.string();
}

}  // namespace

Settings check_settings(SettingSources sources, Report& report) {
  check_environment(sources, report);
  std::optional<std::string> file = std::exchange(sources.file, std::nullopt);
  const auto without_file = load_settings(sources);
  if (!without_file.ok()) {  // flags: the command line has refused them before
    report.error(kSettingsCheck, "command line", without_file.error().message, kAdvice,
                 ErrorCode::kInvalidArgument);
    return {};
  }
  if (!file) file = file_beside(without_file->settings.data_dir);
  if (!file) return without_file->settings;
  if (!check_file(*file, report)) return without_file->settings;
  sources.file = file;
  const auto loaded = load_settings(sources);
  return loaded.ok() ? loaded->settings : without_file->settings;
}

bool check_wiring(const Settings& settings, Report& report) {
  const std::size_t before = report.count(Level::kError);
  const auto look = [&report](const char* subject, const auto& result) {
    if (result.ok()) return true;
    report.error(kSettingsCheck, subject, result.error().message, kAdvice, result.error().code);
    return false;
  };
  look("server.roles", parse_roles(settings.server_roles));
  look("scheduler", scheduler_options(settings));
  look("gateway", gateway_options(settings, false));
  look("gateway.tls_certificate", tls_of(settings));
  const bool can_look = look("adapters", data_paths(settings));
  if (report.count(Level::kError) == 0 && before == 0) {
    report.ok(kSettingsCheck, "all sources", "every value is known and in its range");
  }
  return can_look;
}

}  // namespace marquee::app::doctor
