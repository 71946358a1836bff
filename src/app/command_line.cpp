#include "app/command_line.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/doctor/doctor_options.h"
#include "app/settings.h"

namespace marquee::app {
namespace {

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
  commands::DoctorOptions doctor;
  bool json = false;
  bool verify = false;
  bool accept_loss = false;
  bool origin = false;
  bool no_verify = false;
  std::string backup;
  std::string user;
  std::int32_t limit = 10;
};

void flag(CLI::App* app, Parsed& parsed, const char* name, const char* key, const char* help) {
  app->add_option_function<std::string>(
      name, [&parsed, key](const std::string& text) { parsed.flags.emplace_back(key, text); },
      help);
}

Result<LoadedSettings> settings_of(const SettingSources& sources);

CLI::App* command_on_sources(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                             CommandOnSources run) {
  CLI::App* app = parent.add_subcommand(name, help);
  app->fallthrough(false);
  flag(app, parsed, "--data", "data_dir", "directory that holds everything");
  app->add_option("--config", parsed.config_file, "settings file (default: DATA/marquee.toml)");
  app->add_option("--set", parsed.set, "KEY=VALUE of any setting; see config show");
  app->callback([&parsed, run = std::move(run)] { parsed.command = run; });
  return app;
}

CLI::App* command(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                  Command run) {
  return command_on_sources(parent, parsed, name, help,
                            [run = std::move(run)](const SettingSources& sources) -> Result<void> {
                              MARQUEE_TRY(const LoadedSettings loaded, settings_of(sources));
                              return run(loaded);
                            });
}

void add_json(CLI::App* app, bool& json) {
  app->add_flag("--json", json, "print JSON instead of a table");
}

void define_serve(CLI::App& program, Parsed& parsed) {
  CLI::App* serve = command(program, parsed, "serve", "serve until Ctrl-C", commands::serve);
  flag(serve, parsed, "--host", "server.host", "address to listen on");
  flag(serve, parsed, "--port", "server.port", "port to listen on, 0 picks a free one");
  flag(serve, parsed, "--roles", "server.roles", "of api, speed, scheduler; all by default");
}

void define_import(CLI::App& program, Parsed& parsed) {
  CLI::App* import = command(program, parsed, "import", "bring in films and history",
                             [&parsed](const LoadedSettings& loaded) {
                               return commands::import_dataset(loaded, parsed.dataset);
                             });
  import
      ->add_option("--dataset", parsed.dataset,
                   "directory with MovieLens files or your own (docs/data.md), or 'synthetic'")
      ->required();
}

void define_batch_stage(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                        commands::BatchStage stage) {
  CLI::App* app =
      command(parent, parsed, name, help, [&parsed, stage](const LoadedSettings& loaded) {
        parsed.batch.stage = stage;
        return commands::batch(loaded, parsed.batch);
      });
  app->add_option("--model", parsed.batch.model, "model version (default: the newest)");
  add_json(app, parsed.batch.json);
}

void define_batch(CLI::App& program, Parsed& parsed) {
  using commands::BatchStage;
  CLI::App* batch = program.add_subcommand("batch", "the nightly run, or one stage of it");
  batch->require_subcommand(1);
  define_batch_stage(*batch, parsed, "run", "train, evaluate, generate and publish",
                     BatchStage::kRun);
  define_batch_stage(*batch, parsed, "train", "train a model", BatchStage::kTrain);
  define_batch_stage(*batch, parsed, "evaluate", "measure it on held-out viewers",
                     BatchStage::kEvaluate);
  define_batch_stage(*batch, parsed, "generate", "make every viewer's list", BatchStage::kGenerate);
  define_batch_stage(*batch, parsed, "publish", "put it into service", BatchStage::kPublish);
  define_batch_stage(program, parsed, "train", "batch train", BatchStage::kTrain);
  define_batch_stage(program, parsed, "evaluate", "batch evaluate", BatchStage::kEvaluate);
}

void define_models(CLI::App& program, Parsed& parsed) {
  using commands::ModelsAction;
  CLI::App* models =
      program.add_subcommand("models", "which models there are and which one serves");
  models->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, ModelsAction action) {
    CLI::App* app =
        command(*models, parsed, name, help, [&parsed, action](const LoadedSettings& loaded) {
          parsed.models.action = action;
          return commands::models(loaded, parsed.models);
        });
    add_json(app, parsed.models.json);
    return app;
  };
  add("list", "every model, newest first", ModelsAction::kList);
  add("promote", "put a model into service", ModelsAction::kPromote)
      ->add_option("version", parsed.models.version)
      ->required();
  add("rollback", "back to the model before", ModelsAction::kRollback);
}

void define_runs(CLI::App& program, Parsed& parsed) {
  using commands::RunsAction;
  CLI::App* runs = program.add_subcommand("runs", "the nightly run: what ran, and start one");
  runs->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, RunsAction action, bool of_one = true) {
    CLI::App* app =
        command(*runs, parsed, name, help, [&parsed, action](const LoadedSettings& loaded) {
          parsed.runs.action = action;
          return commands::runs(loaded, parsed.runs);
        });
    if (of_one) app->add_option("id", parsed.runs.id, "of the run")->required();
    add_json(app, parsed.runs.json);
    return app;
  };
  CLI::App* list = add("list", "newest first", RunsAction::kList, false);
  list->add_option("--status", parsed.runs.status, "only queued, running, succeeded, …");
  list->add_option("--limit", parsed.runs.limit)->check(CLI::Range(1, 1'000));
  add("show", "one run and its stages", RunsAction::kShow);
  add("logs", "what its stages printed", RunsAction::kLogs)
      ->add_option("--stage", parsed.runs.stage, "only of this stage");
  add("trigger", "start a run now", RunsAction::kTrigger, false)
      ->add_option("--logical-date", parsed.runs.logical_date, "YYYY-MM-DD it stands for");
  add("cancel", "end a run", RunsAction::kCancel);
  add("retry", "go on with a failed or cancelled run", RunsAction::kRetry);
}

void define_state(CLI::App& program, Parsed& parsed) {
  add_json(command(program, parsed, "audit", "what became of every event",
                   [&parsed](const LoadedSettings& loaded) {
                     return commands::audit(loaded, parsed.json);
                   }),
           parsed.json);
  command(
      program, parsed, "rebuild", "fold the state again from archive and log",
      [&parsed](const LoadedSettings& loaded) { return commands::rebuild(loaded, parsed.verify); })
      ->add_flag("--verify", parsed.verify, "only compare with the stored state");
  CLI::App* log = program.add_subcommand("log", "the event log");
  log->require_subcommand(1);
  add_json(command(*log, parsed, "verify", "check every frame",
                   [&parsed](const LoadedSettings& loaded) {
                     return commands::log_verify(loaded, parsed.json);
                   }),
           parsed.json);
  command(*log, parsed, "repair", "set damaged frames aside",
          [&parsed](const LoadedSettings& loaded) {
            return commands::log_repair(loaded, parsed.accept_loss);
          })
      ->add_flag("--accept-loss", parsed.accept_loss, "yes, lose the events in them");
}

void define_backup(CLI::App& program, Parsed& parsed) {
  CLI::App* backup = command(program, parsed, "backup", "copy all of it, beside a running server",
                             [&parsed](const LoadedSettings& loaded) {
                               return commands::backup(loaded, parsed.backup, parsed.json);
                             });
  backup->add_option("directory", parsed.backup, "new directory for the backup")->required();
  add_json(backup, parsed.json);
  CLI::App* restore = command(program, parsed, "restore", "a new data directory from a backup",
                              [&parsed](const LoadedSettings& loaded) {
                                return commands::restore(loaded, parsed.backup, !parsed.no_verify);
                              });
  restore->add_option("backup", parsed.backup, "directory that marquee backup wrote")->required();
  restore->add_flag("--no-verify", parsed.no_verify, "do not fold everything again to compare");
}

void define_reading(CLI::App& program, Parsed& parsed) {
  CLI::App* recommend =
      command(program, parsed, "recommend", "one viewer's list from the running server",
              [&parsed](const LoadedSettings& loaded) {
                return commands::recommend(loaded, parsed.user, parsed.limit);
              });
  recommend->add_option("user", parsed.user)->required();
  recommend->add_option("--limit", parsed.limit)->check(CLI::Range(1, 100));
  CLI::App* config = program.add_subcommand("config", "settings");
  config->require_subcommand(1);
  CLI::App* show = command(*config, parsed, "show", "every setting and its value",
                           [&parsed](const LoadedSettings& loaded) {
                             return commands::config_show(loaded, parsed.origin, parsed.json);
                           });
  show->add_flag("--origin", parsed.origin, "and where it came from");
  add_json(show, parsed.json);
}

void define_doctor(CLI::App& program, Parsed& parsed) {
  CLI::App* doctor = command_on_sources(program, parsed, "doctor",
                                        "say in words what is wrong with data and settings",
                                        [&parsed](const SettingSources& sources) {
                                          return commands::doctor(sources, parsed.doctor);
                                        });
  add_doctor_options(*doctor, parsed.doctor);
}

Result<SettingSources> sources_of(Parsed& parsed) {
  for (const std::string& assignment : parsed.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--set '{}': want KEY=VALUE", assignment)};
    }
    parsed.flags.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return SettingSources{parsed.config_file, process_environment(), parsed.flags};
}

/// Of these sources and the settings file beside the data, unless they name another.
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

int report(const Error& error) {
  fmt::print(stderr, "marquee: {}\n", error.message);
  return exit_code(error.code);
}

}  // namespace

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 2;
    case ErrorCode::kRefused:
      return 3;
    case ErrorCode::kDataLoss:
      return 4;
    default:
      return 1;
  }
}

int run_command_line(int argc, char** argv) {
  Parsed parsed;
  CLI::App program{"Marquee: recommendations that move when a viewer clicks"};
  program.name("marquee");
  program.set_version_flag("--version", "marquee " MARQUEE_VERSION);
  program.require_subcommand(1);
  define_serve(program, parsed);
  define_import(program, parsed);
  define_batch(program, parsed);
  define_models(program, parsed);
  define_runs(program, parsed);
  define_state(program, parsed);
  define_backup(program, parsed);
  define_reading(program, parsed);
  define_doctor(program, parsed);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    return report(Error{ErrorCode::kInvalidArgument, std::string(error.what()) + "; see --help"});
  }
  const auto sources = sources_of(parsed);
  if (!sources.ok()) return report(sources.error());
  const auto done = parsed.command(*sources);
  return done.ok() ? 0 : report(done.error());
}

}  // namespace marquee::app
