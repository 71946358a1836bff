#include "app/command_line/command_line.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/command_line/definitions.h"
#include "app/settings.h"

namespace marquee::app {
namespace {

Result<LoadedSettings> settings_of(Parsed& parsed) {
  for (const std::string& assignment : parsed.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--set '{}': want KEY=VALUE", assignment)};
    }
    parsed.flags.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  SettingSources sources{parsed.config_file, process_environment(), parsed.flags};
  if (sources.file) return load_settings(sources);
  MARQUEE_TRY(auto loaded, load_settings(sources));
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
  define_service_commands(program, parsed);
  define_batch_commands(program, parsed);
  define_data_commands(program, parsed);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    return report(Error{ErrorCode::kInvalidArgument, std::string(error.what()) + "; see --help"});
  }
  auto loaded = settings_of(parsed);
  if (!loaded.ok()) return report(loaded.error());
  const auto done = parsed.command(*loaded);
  return done.ok() ? 0 : report(done.error());
}

}  // namespace marquee::app
