#include "app/backup/restore.h"

#include <fmt/format.h>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/file_copy.h"
#include "adapters/embedded/files/posix_file.h"
#include "adapters/embedded/files/server_file.h"
#include "adapters/embedded/files/unfinished_directory.h"
#include "app/local_audit.h"
#include "app/storage/storage.h"
#include "base/hash.h"
#include "ports/object_store.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;
using embedded::posix_disk;
using formats::BackupManifest;

Error damaged(const fs::path& file, std::string_view what) {
  return Error{ErrorCode::kDataLoss,
               fmt::format("backup file {} {}: use another backup", file.string(), what)};
}

/// Copies one file and returns what was read. The token stays a secret.
Result<embedded::FileDigest> copy_one(const fs::path& from, const fs::path& to) {
  if (from.filename() != "operator.token") {
    return embedded::copy_file(posix_disk(), from.string(), to.string());
  }
  MARQUEE_TRY(const auto bytes, embedded::read_whole_file(from));
  MARQUEE_CHECK(embedded::write_new_file(to, bytes, 0600));
  return embedded::FileDigest{bytes.size(), sha256_hex(bytes)};
}

Result<void> restore_file(const fs::path& backup, const fs::path& target,
                          const BackupManifest::File& file) {
  const fs::path from = backup / file.path;
  const fs::path to = target / file.path;
  MARQUEE_CHECK(posix_disk().create_directory(to.parent_path().string()));
  auto digest = copy_one(from, to);
  if (!digest.ok() && digest.error().code == ErrorCode::kNotFound) {
    return damaged(from, "is missing");
  }
  if (!digest.ok()) return std::move(digest).error();
  if (digest->bytes != file.bytes) {
    return damaged(from,
                   fmt::format("has {} bytes, backup.json says {}", digest->bytes, file.bytes));
  }
  if (digest->sha256 != file.sha256) return damaged(from, "differs from its checksum");
  return {};
}

Result<void> check_paths(const fs::path& backup, const BackupManifest& manifest) {
  for (const BackupManifest::File& file : manifest.files) {
    if (check_object_key(file.path).ok()) continue;  // the same grammar: nothing leads outside
    return damaged(backup / BackupManifest::kName,
                   fmt::format("names a file '{}' that no backup has", file.path));
  }
  return {};
}

Result<void> check_no_server(const fs::path& directory) {
  const auto server = embedded::read_server_file(directory.string());
  if (!server.ok() || !*server) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} belongs to the server on {} (process {}): name another --data "
                           "directory",
                           directory.string(), (*server)->address, (*server)->pid)};
}

/// The audit log is what was restored, so this is where the restore itself can be written down.
Result<void> check_opens(const Settings& settings, const fs::path& backup,
                         const BackupManifest& manifest) {
  MARQUEE_TRY(const auto storage, Storage::open_owner(settings));
  const Offset end{Offset::kEmbedded, storage->log->end().next(Offset::kEmbedded)};
  if (end.to_string() == manifest.log_end) {
    LocalAudit audit(storage->stores->audit, storage->clock, "restore", backup.string());
    return audit.done();
  }
  return Error{ErrorCode::kDataLoss,
               fmt::format("the restored log ends at {}, the backup at {}: use another backup",
                           end.to_string(), manifest.log_end)};
}

/// True when everything lies in the data directory.
bool is_self_contained(const DataPaths& paths) {
  const fs::path& directory = paths.directory;
  return paths.events == directory / "events" && paths.database == directory / "marquee.db" &&
         paths.objects == directory / "lakehouse";
}

Result<void> check_places(const DataPaths& paths) {
  if (is_self_contained(paths)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "a restore puts everything into the data directory: leave out the settings events, "
               "state and objects"};
}

/// Why the restored settings file cannot be in force; empty when it can.
std::string objection_to_settings(const fs::path& directory, const fs::path& file) {
  const auto loaded = load_settings({file.string(), {}, {{"data_dir", directory.string()}}});
  if (!loaded.ok()) return loaded.error().message;
  const auto paths = data_paths(loaded->settings);
  if (!paths.ok()) return paths.error().message;
  return is_self_contained(*paths) ? "" : "it keeps data outside of the data directory";
}

Result<std::string> set_settings_aside_if_foreign(const fs::path& directory) {
  const fs::path file = directory / "marquee.toml";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::string();
  std::string objection = objection_to_settings(directory, file);
  if (!objection.empty()) {
    MARQUEE_CHECK(posix_disk().rename(file.string(), file.string() + ".from-backup"));
  }
  return objection;
}

}  // namespace

Result<BackupManifest> read_backup(const fs::path& backup) {
  const fs::path path = backup / BackupManifest::kName;
  const auto bytes = embedded::read_whole_file(path);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) {
    const bool interrupted = !embedded::check_finished(backup).ok();
    return Error{ErrorCode::kNotFound,
                 fmt::format("{} {}", backup.string(),
                             interrupted ? "holds a backup that was interrupted: use another"
                                         : "is no backup: it has no backup.json")};
  }
  if (!bytes.ok()) return bytes.error();
  auto manifest =
      formats::parse_backup_manifest({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!manifest.ok()) return std::move(manifest).error().with_context(backup.string());
  MARQUEE_CHECK(check_paths(backup, *manifest));
  return manifest;
}

Result<Restored> restore(const fs::path& backup, const Settings& settings,
                         const OnFileCopied& on_file) {
  Restored restored;
  MARQUEE_TRY(const auto paths, data_paths(settings));
  MARQUEE_CHECK(check_places(paths));
  MARQUEE_TRY(restored.manifest, read_backup(backup));
  MARQUEE_CHECK(check_no_server(paths.directory));
  {
    MARQUEE_TRY(auto unfinished,
                embedded::UnfinishedDirectory::begin(paths.directory, "marquee restore"));
    for (const BackupManifest::File& file : restored.manifest.files) {
      MARQUEE_CHECK(restore_file(backup, paths.directory, file));
      on_file(file);
    }
    MARQUEE_TRY(restored.settings_aside, set_settings_aside_if_foreign(paths.directory));
    MARQUEE_CHECK(unfinished.finish());
  }
  MARQUEE_CHECK(check_opens(settings, backup, restored.manifest));
  return restored;
}

}  // namespace marquee::app
