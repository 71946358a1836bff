#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "app/doctor/report.h"
#include "base/clock.h"
#include "base/result.h"
#include "settings/settings.h"

namespace marquee::app::doctor {

struct Options {
  std::int64_t model_days_max = 7;  ///< an older model is a warning
  /// Bytes that a process may still write on the disk of a path.
  std::function<Result<std::uint64_t>(const std::filesystem::path&)> free_bytes;
};

/// Asks the file system.
Result<std::uint64_t> free_bytes_of(const std::filesystem::path& path);

/// Looks at everything that can be wrong with settings and data directory, and changes nothing, so
/// it may run beside a server. `sources` is as load_settings() gets it, without the directory's own
/// marquee.toml, which is found here. Reads the whole log, database and history: a minute for 20
/// million interactions. One finding never hides another, unless there is nothing left to look at.
Report examine(const SettingSources& sources, const Clock& clock, const Options& options);

}  // namespace marquee::app::doctor
