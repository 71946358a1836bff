#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line/doctor_options.h"
#include "app/commands/commands.h"
#include "base/result.h"
#include "settings/settings.h"

namespace CLI {
class App;
}

namespace marquee::app {

using Command = std::function<Result<void>(const LoadedSettings&)>;
/// A command that looks at settings that may be wrong.
using CommandOnSources = std::function<Result<void>(const SettingSources&)>;

/// What the parser fills in; `command` is the one that was named.
struct Parsed {
  std::optional<std::string> config_file;
  std::vector<std::string> set;
  std::vector<std::pair<std::string, std::string>> flags;
  CommandOnSources command;

  std::string dataset;
  commands::BatchOptions batch;
  commands::ModelsOptions models;
  commands::RunsOptions runs;
  commands::KeysOptions keys;
  commands::DoctorOptions doctor;
  commands::MigrateDataOptions migrate_data;
  bool json = false;
  bool verify = false;
  bool accept_loss = false;
  bool origin = false;
  bool no_verify = false;
  std::string backup;
  std::string user;
  std::int32_t limit = 10;
};

/// Adds a command to `parent`, with --data, --config and --set; `run` becomes parsed.command when
/// it is named. What is added keeps a reference to `parsed`.
CLI::App* add_command(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                      Command run);
CLI::App* add_command_on_sources(CLI::App& parent, Parsed& parsed, const char* name,
                                 const char* help, CommandOnSources run);
/// An option that stands for the setting `key`.
void add_setting(CLI::App* app, Parsed& parsed, const char* name, const char* key,
                 const char* help);
void add_json(CLI::App* app, bool& json);
/// A command with --json that stands for `action` in `options` and runs `run` on them.
template <typename Options, typename Action>
CLI::App* add_action(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                     Options& options, Action action,
                     Result<void> (*run)(const LoadedSettings&, const Options&)) {
  CLI::App* app = add_command(parent, parsed, name, help,
                              [&options, action, run](const LoadedSettings& loaded) {
                                options.action = action;
                                return run(loaded, options);
                              });
  add_json(app, options.json);
  return app;
}

/// serve, import, recommend, config.
void define_service_commands(CLI::App& program, Parsed& parsed);
/// batch and its stages, models, runs.
void define_batch_commands(CLI::App& program, Parsed& parsed);
/// audit, rebuild, migrate, migrate-data, log, dlq, backup, restore, doctor.
void define_data_commands(CLI::App& program, Parsed& parsed);

/// keys, audit-log.
void define_identity_commands(CLI::App& program, Parsed& parsed);

/// What the command line, the environment and --config say; kInvalidArgument for a --set without
/// '='.
Result<SettingSources> sources_of(const Parsed& parsed);

}  // namespace marquee::app
