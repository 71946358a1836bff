#include "telemetry/log.h"

#include <memory>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace marquee::telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Made on first use and kept to the end: other threads may log while the process leaves main().
spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("marquee",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

/// `text` with control characters as \xHH, so that one call is one line and a terminal is safe.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\x";
      out += kHex[code >> 4];
      out += kHex[code & 0x0F];
    }
  }
}

}  // namespace

void set_log_level(Level level) { logger().set_level(spdlog_level(level)); }

void log(Level level, std::string_view component, std::string_view message) {
  if (!logger().should_log(spdlog_level(level))) return;
  std::string line;
  line.reserve(component.size() + message.size() + 2);
  append_escaped(line, component);
  line += ": ";
  append_escaped(line, message);
  // Through "{}": the message is data, never a format.
  logger().log(spdlog_level(level), "{}", line);
}

}  // namespace marquee::telemetry
