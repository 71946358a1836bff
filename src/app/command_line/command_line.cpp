#include "app/command_line/command_line.h"

#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/build_info.h"
#include "app/command_line/definitions.h"

namespace marquee::app {
namespace {

int report(const Error& error) {
  fmt::print(stderr, "marquee: {}\n", error.message);
  return exit_code(error.code);
}

/// "marquee 0.1.0 (revision 0123456789ab, Release, GNU 12.2.0)"
std::string version_line() {
  const BuildInfo info = build_info();
  return fmt::format("marquee {} (revision {}, {}, {})", info.version, info.revision,
                     info.build_type, info.compiler);
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
    case ErrorCode::kConflict:
      return 5;
    default:
      return 1;
  }
}

int run_command_line(int argc, char** argv) {
  Parsed parsed;
  CLI::App program{"Marquee: recommendations that move when a viewer clicks"};
  program.name("marquee");
  program.set_version_flag("--version", version_line());
  program.require_subcommand(1);
  define_service_commands(program, parsed);
  define_batch_commands(program, parsed);
  define_data_commands(program, parsed);
  define_identity_commands(program, parsed);
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
