#pragma once

#include <CLI/CLI.hpp>

#include "app/commands/commands.h"

namespace marquee::app {

/// The flags of `marquee doctor` beside those of every command, read into `options`.
void add_doctor_options(CLI::App& command, commands::DoctorOptions& options);

}  // namespace marquee::app
