#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/embedded/files/unfinished_directory.h"
#include "app/doctor/checks.h"
#include "app/storage/import_mark.h"
#include "app/storage/migration_mark.h"
#include "formats/backup_manifest.h"

namespace marquee::app::doctor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDirectoryCheck = "directory";
constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kFreeMin = 64 * kMiB;          // below, events are about to be refused
constexpr std::uint64_t kFreeForANight = 1024 * kMiB;  // a model, its lists and a day of events

/// Reports every part that the owner of this process cannot read and write. True when there is
/// none.
bool check_rights(const DataPaths& paths, Report& report) {
  bool all_right = true;
  for (const fs::path& path : {paths.directory, paths.database, paths.events, paths.objects}) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    const bool is_directory = fs::is_directory(path, ignored);
    if (::access(path.c_str(), R_OK | W_OK | (is_directory ? X_OK : 0)) == 0) continue;
    all_right = false;
    report.error(kDirectoryCheck, path.string(),
                 fmt::format("user {} has no right to read and write it", ::geteuid()),
                 "run as its owner, or change its owner with chown", ErrorCode::kPermissionDenied);
  }
  return all_right;
}

void check_token(const fs::path& directory, Report& report) {
  const fs::path file = directory / "operator.token";
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return;  // made at the first start
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((status.st_mode & kOthers) == 0) return;
  report.error(
      kDirectoryCheck, file.string(), "others can read the operator's token",
      fmt::format("chmod 600 {}, or remove it: the next start makes a new one", file.string()));
}

}  // namespace

bool check_directory(const Subject& subject, Report& report) {
  const fs::path& directory = subject.paths.directory;
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    report.error(kDirectoryCheck, directory.string(), "there is no such data directory",
                 "name it with --data, or make it with marquee import", ErrorCode::kNotFound);
    return false;
  }
  if (fs::exists(directory / formats::BackupManifest::kName, ignored)) {
    report.error(kDirectoryCheck, directory.string(), "is a backup, no data directory",
                 fmt::format("marquee restore {} --data with a new directory", directory.string()));
    return false;
  }
  bool all_right = true;
  for (const auto& marked : {embedded::check_finished(directory), check_no_import(directory),
                             check_no_migration(directory)}) {
    if (marked.ok()) continue;
    all_right = false;
    report.error(kDirectoryCheck, directory.string(), marked.error().message,
                 "run that command again");
  }
  all_right = check_rights(subject.paths, report) && all_right;
  check_token(directory, report);
  if (all_right)
    report.ok(kDirectoryCheck, directory.string(), "is whole, and can be read and written");
  return true;
}

void check_disk(const Subject& subject, Report& report) {
  const fs::path& directory = subject.paths.directory;
  const auto free = subject.options.free_bytes(directory);
  if (!free.ok()) {
    report.warning("disk", directory.string(), free.error().message, "look at df");
    return;
  }
  const std::string what = fmt::format("{} MiB free", *free / kMiB);
  const char* advice = "make room, or move the directory to a larger disk";
  if (*free < kFreeMin) {
    report.error("disk", directory.string(), what + ": events are refused when none is left",
                 advice, ErrorCode::kResourceExhausted);
  } else if (*free < kFreeForANight) {
    report.warning("disk", directory.string(), what + ": the next model may not fit", advice);
  } else {
    report.ok("disk", directory.string(), what);
  }
}

}  // namespace marquee::app::doctor
