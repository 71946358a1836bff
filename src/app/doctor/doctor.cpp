#include "app/doctor/doctor.h"

#include <system_error>

#include <sys/statvfs.h>

#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/files/posix_file.h"
#include "app/doctor/checks.h"

namespace marquee::app::doctor {
namespace {

void examine_data(Subject& subject, Report& report) {
  check_services(subject, report);
  std::error_code ignored;
  if (std::filesystem::is_directory(subject.paths.objects, ignored)) {
    auto objects = embedded::DirectoryObjectStore::open(subject.paths.objects);
    if (objects.ok()) subject.objects = std::move(objects).value();
  }
  check_state(subject, report);  // before the log: what is folded is in the log by then
  check_log(subject, report);
  check_fold(subject, report);
  check_archive(subject, report);
  check_history(subject, report);
  check_catalog(subject, report);
  check_model(subject, report);
}

}  // namespace

Result<std::uint64_t> free_bytes_of(const std::filesystem::path& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0) {
    return embedded::file_error(errno, "asking for the free space of", path);
  }
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

Report examine(const SettingSources& sources, const Clock& clock, const Options& options) {
  Report report;
  Subject subject{.settings = check_settings(sources, report),
                  .paths = {},
                  .clock = clock,
                  .options = options,
                  .server = {},
                  .movies = {},
                  .stores = {},
                  .objects = {},
                  .log_begin = 0,
                  .log_end = {},
                  .folded = {}};
  if (!check_wiring(subject.settings, report)) return report;
  subject.paths = *data_paths(subject.settings);
  const bool has_directory = check_directory(subject, report);
  check_server(subject, report);
  if (!has_directory) return report;
  check_disk(subject, report);
  examine_data(subject, report);
  return report;
}

}  // namespace marquee::app::doctor
