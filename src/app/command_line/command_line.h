#pragma once

#include "base/result.h"

namespace marquee::app {

/// The program: parses, loads settings, runs one command. Errors become one line on stderr.
/// Returns the exit code: 0 done, 1 failed, 2 usage or configuration, 3 gate refused, 4 data
/// damaged, 5 another has begun that run.
int run_command_line(int argc, char** argv);

/// The one mapping of errors to exit codes.
int exit_code(ErrorCode code);

}  // namespace marquee::app
