#include "app/backup/restore.h"

#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/progress.h"
#include "base/time_text.h"

namespace marquee::app::commands {

Result<void> restore(const LoadedSettings& loaded, const std::string& source, bool verify) {
  Restored restored;
  {
    Progress progress;
    progress.step("restore");
    std::uint64_t bytes = 0;
    const auto show = [&](const formats::BackupManifest::File& file) {
      bytes += file.bytes;
      progress.update(fmt::format("{:.1f} MB, {}", static_cast<double>(bytes) / 1e6, file.path));
    };
    MARQUEE_TRY(restored, app::restore(source, loaded.settings, show));
    progress.done(fmt::format("{} files, {:.1f} MB, every checksum right",
                              restored.manifest.files.size(), static_cast<double>(bytes) / 1e6));
  }
  if (!restored.settings_aside.empty()) {
    fmt::print(stderr, "marquee.toml is left as marquee.toml.from-backup: {}\n",
               restored.settings_aside);
  }
  fmt::print("{} is as it was at {}; events from {} on, which came later, are not in it\n",
             loaded.settings.data_dir, format_rfc3339(restored.manifest.created_at_ms),
             restored.manifest.log_end);
  return verify ? rebuild(loaded, true) : Result<void>{};
}

}  // namespace marquee::app::commands
