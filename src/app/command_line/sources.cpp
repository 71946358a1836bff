#include <filesystem>

#include <fmt/format.h>

#include "app/command_line/definitions.h"

namespace marquee::app {

Result<SettingSources> sources_of(const Parsed& parsed) {
  SettingSources sources{parsed.config_file, process_environment(), parsed.flags};
  for (const std::string& assignment : parsed.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--set '{}': want KEY=VALUE", assignment)};
    }
    sources.flags.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return sources;
}

Result<LoadedSettings> settings_of(const SettingSources& given) {
  if (given.file) return load_settings(given);
  MARQUEE_TRY(auto loaded, load_settings(given));
  SettingSources sources = given;
  const auto beside_data = std::filesystem::path(loaded.settings.data_dir) / "marquee.toml";
  std::error_code ignored;
  if (!std::filesystem::exists(beside_data, ignored)) return loaded;
  sources.file = beside_data.string();
  return load_settings(sources);
}

}  // namespace marquee::app
