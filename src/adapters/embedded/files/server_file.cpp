#include "adapters/embedded/files/server_file.h"

#include <cerrno>
#include <limits>

#include <signal.h>
#include <sys/types.h>

#include "adapters/embedded/files/disk.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kFileBytesMax = 64 << 10;

std::string path_in(const std::string& directory) { return directory + "/server.json"; }

/// Signal 0 only asks; EPERM means that it runs as somebody else.
bool is_running(std::int64_t pid) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max()) return false;
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace

Result<void> write_server_file(const std::string& directory, const formats::ServerInfo& info) {
  Disk& disk = posix_disk();
  const std::string unfinished = path_in(directory) + ".new";
  const std::string json = formats::server_json(info) + "\n";
  MARQUEE_TRY(const auto file, disk.open(unfinished, Disk::Open::kCreate));
  MARQUEE_CHECK(file->write_at(0, std::as_bytes(std::span(json))));
  MARQUEE_CHECK(file->sync());
  return disk.rename(unfinished, path_in(directory));
}

Result<std::optional<formats::ServerInfo>> read_server_file(const std::string& directory) {
  std::optional<formats::ServerInfo> none;
  auto file = posix_disk().open(path_in(directory), Disk::Open::kRead);
  if (!file.ok()) {
    if (file.error().code == ErrorCode::kNotFound) return none;
    return std::move(file).error();
  }
  std::string json(kFileBytesMax, '\0');
  MARQUEE_TRY(const std::size_t count,
              (*file)->read_at(0, std::as_writable_bytes(std::span(json))));
  json.resize(count);
  auto info = formats::parse_server_json(json);
  if (!info.ok() || !is_running(info->pid)) return none;
  return std::optional(*std::move(info));
}

Result<void> remove_server_file(const std::string& directory) {
  return posix_disk().remove(path_in(directory));
}

}  // namespace marquee::embedded
