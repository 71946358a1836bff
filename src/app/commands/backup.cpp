#include "app/backup/backup.h"

#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/progress.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::app::commands {

Result<void> backup(const LoadedSettings& loaded, const std::string& target, bool json) {
  Progress progress;
  progress.step("backup");
  std::uint64_t bytes = 0;
  const auto show = [&](const formats::BackupManifest::File& file) {
    bytes += file.bytes;
    progress.update(fmt::format("{:.1f} MB, {}", static_cast<double>(bytes) / 1e6, file.path));
  };
  MARQUEE_TRY(const auto manifest, back_up(loaded.settings, target, show));
  const std::string created = format_rfc3339(manifest.created_at_ms);
  progress.done(
      fmt::format("{} files, {:.1f} MB", manifest.files.size(), static_cast<double>(bytes) / 1e6));
  if (json) {
    JsonWriter writer;
    writer.begin_object().member("backup", target).member("created_at", created);
    writer.member("log_end", manifest.log_end)
        .member("files", std::uint64_t{manifest.files.size()});
    fmt::print("{}\n", writer.member("bytes", bytes).end_object().text());
    return {};
  }
  fmt::print("{} holds everything up to {}, events before {}\n", target, created, manifest.log_end);
  return {};
}

}  // namespace marquee::app::commands
