#include <CLI/CLI.hpp>

#include "app/command_line/definitions.h"

namespace marquee::app {
namespace {

void define_serve(CLI::App& program, Parsed& parsed) {
  CLI::App* serve = add_command(program, parsed, "serve", "serve until Ctrl-C", commands::serve);
  add_setting(serve, parsed, "--host", "server.host", "address to listen on");
  add_setting(serve, parsed, "--port", "server.port", "port to listen on, 0 picks a free one");
  add_setting(serve, parsed, "--roles", "server.roles", "of api, speed, scheduler; all by default");
}

void define_import(CLI::App& program, Parsed& parsed) {
  CLI::App* import = add_command(program, parsed, "import", "bring in films and history",
                                 [&parsed](const LoadedSettings& loaded) {
                                   return commands::import_dataset(loaded, parsed.dataset);
                                 });
  import
      ->add_option("--dataset", parsed.dataset,
                   "directory with MovieLens files or your own (docs/data.md), or 'synthetic'")
      ->required();
}

void define_reading(CLI::App& program, Parsed& parsed) {
  CLI::App* recommend =
      add_command(program, parsed, "recommend", "one viewer's list from the running server",
                  [&parsed](const LoadedSettings& loaded) {
                    return commands::recommend(loaded, parsed.user, parsed.limit);
                  });
  recommend->add_option("user", parsed.user)->required();
  recommend->add_option("--limit", parsed.limit)->check(CLI::Range(1, 100));
  CLI::App* config = program.add_subcommand("config", "settings");
  config->require_subcommand(1);
  CLI::App* show = add_command(*config, parsed, "show", "every setting and its value",
                               [&parsed](const LoadedSettings& loaded) {
                                 return commands::config_show(loaded, parsed.origin, parsed.json);
                               });
  show->add_flag("--origin", parsed.origin, "and where it came from");
  add_json(show, parsed.json);
}

}  // namespace

void define_service_commands(CLI::App& program, Parsed& parsed) {
  define_serve(program, parsed);
  define_import(program, parsed);
  define_reading(program, parsed);
}

}  // namespace marquee::app
