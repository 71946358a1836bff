#include <CLI/CLI.hpp>

#include "app/command_line/definitions.h"

namespace marquee::app {
namespace {

void define_state(CLI::App& program, Parsed& parsed) {
  add_json(add_command(program, parsed, "audit", "what became of every event",
                       [&parsed](const LoadedSettings& loaded) {
                         return commands::audit(loaded, parsed.json);
                       }),
           parsed.json);
  add_command(
      program, parsed, "rebuild", "fold the state again from archive and log",
      [&parsed](const LoadedSettings& loaded) { return commands::rebuild(loaded, parsed.verify); })
      ->add_flag("--verify", parsed.verify, "only compare with the stored state");
  add_command(program, parsed, "migrate", "bring the tables to this program's version",
              commands::migrate);
  CLI::App* log = program.add_subcommand("log", "the event log");
  log->require_subcommand(1);
  add_json(add_command(*log, parsed, "verify", "check every frame",
                       [&parsed](const LoadedSettings& loaded) {
                         return commands::log_verify(loaded, parsed.json);
                       }),
           parsed.json);
  add_command(*log, parsed, "repair", "set damaged frames aside",
              [&parsed](const LoadedSettings& loaded) {
                return commands::log_repair(loaded, parsed.accept_loss);
              })
      ->add_flag("--accept-loss", parsed.accept_loss, "yes, lose the events in them");
}

void define_migrate_data(CLI::App& program, Parsed& parsed) {
  CLI::App* app = program.add_subcommand(
      "migrate-data", "move everything to an empty place, of this profile or the other");
  app->fallthrough(false);
  app->add_option("--from", parsed.migrate_data.from, "data directory, or settings file, to read")
      ->required();
  app->add_option("--to", parsed.migrate_data.to, "data directory, or settings file, to fill")
      ->required();
  add_json(app, parsed.migrate_data.json);
  app->callback([&parsed] {
    parsed.command = [&parsed](const SettingSources&) {
      return commands::migrate_data(parsed.migrate_data);
    };
  });
}

void define_dlq(CLI::App& program, Parsed& parsed) {
  CLI::App* dlq = program.add_subcommand("dlq", "events that could not be applied");
  dlq->require_subcommand(1);
  CLI::App* list =
      add_command(*dlq, parsed, "list", "which, and why", [&parsed](const LoadedSettings& loaded) {
        return commands::dlq_list(loaded, static_cast<std::size_t>(parsed.limit), parsed.json);
      });
  list->add_option("--limit", parsed.limit)->check(CLI::Range(1, 100'000));
  add_json(list, parsed.json);
  add_command(*dlq, parsed, "replay", "apply those that this version of the program can apply",
              commands::dlq_replay);
}

void define_backup(CLI::App& program, Parsed& parsed) {
  CLI::App* backup =
      add_command(program, parsed, "backup", "copy all of it, beside a running server",
                  [&parsed](const LoadedSettings& loaded) {
                    return commands::backup(loaded, parsed.backup, parsed.json);
                  });
  backup->add_option("directory", parsed.backup, "new directory for the backup")->required();
  add_json(backup, parsed.json);
  CLI::App* restore =
      add_command(program, parsed, "restore", "a new data directory from a backup",
                  [&parsed](const LoadedSettings& loaded) {
                    return commands::restore(loaded, parsed.backup, !parsed.no_verify);
                  });
  restore->add_option("backup", parsed.backup, "directory that marquee backup wrote")->required();
  restore->add_flag("--no-verify", parsed.no_verify, "do not fold everything again to compare");
}

void define_doctor(CLI::App& program, Parsed& parsed) {
  CLI::App* doctor = add_command_on_sources(program, parsed, "doctor",
                                            "say in words what is wrong with data and settings",
                                            [&parsed](const SettingSources& sources) {
                                              return commands::doctor(sources, parsed.doctor);
                                            });
  add_doctor_options(*doctor, parsed.doctor);
}

}  // namespace

void define_data_commands(CLI::App& program, Parsed& parsed) {
  define_state(program, parsed);
  define_migrate_data(program, parsed);
  define_dlq(program, parsed);
  define_backup(program, parsed);
  define_doctor(program, parsed);
}

}  // namespace marquee::app
