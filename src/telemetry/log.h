#pragma once

#include <string_view>

namespace marquee::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Sets what is written from now on; kInfo at first.
void set_log_level(Level level);

/// One line to stderr: time, level, component, message; control characters are escaped so that
/// input cannot forge lines. Thread-safe.
void log(Level level, std::string_view component, std::string_view message);

}  // namespace marquee::telemetry
