#include "app/command_line/definitions.h"

#include <CLI/CLI.hpp>

namespace marquee::app {

void add_setting(CLI::App* app, Parsed& parsed, const char* name, const char* key,
                 const char* help) {
  app->add_option_function<std::string>(
      name, [&parsed, key](const std::string& text) { parsed.flags.emplace_back(key, text); },
      help);
}

CLI::App* add_command_on_sources(CLI::App& parent, Parsed& parsed, const char* name,
                                 const char* help, CommandOnSources run) {
  CLI::App* app = parent.add_subcommand(name, help);
  app->fallthrough(false);
  add_setting(app, parsed, "--data", "data_dir", "directory that holds everything");
  app->add_option("--config", parsed.config_file, "settings file (default: DATA/marquee.toml)");
  app->add_option("--set", parsed.set, "KEY=VALUE of any setting; see config show");
  app->callback([&parsed, run = std::move(run)] { parsed.command = run; });
  return app;
}

CLI::App* add_command(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                      Command run) {
  return add_command_on_sources(
      parent, parsed, name, help,
      [run = std::move(run)](const SettingSources& sources) -> Result<void> {
        MARQUEE_TRY(const LoadedSettings loaded, settings_of(sources));
        return run(loaded);
      });
}

void add_json(CLI::App* app, bool& json) {
  app->add_flag("--json", json, "print JSON instead of a table");
}

}  // namespace marquee::app
