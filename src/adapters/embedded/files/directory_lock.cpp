#include "adapters/embedded/files/directory_lock.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/server_file.h"

namespace marquee::embedded {
namespace {

Error held_by_another(const std::string& directory) {
  const auto owner = read_server_file(directory);
  if (owner.ok() && *owner) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("data directory {} belongs to the server on {} (process {}); use that "
                             "one, stop it, or choose another directory with --data",
                             directory, (*owner)->address, (*owner)->pid)};
  }
  return Error{
      ErrorCode::kFailedPrecondition,
      fmt::format("data directory {} is in use by another marquee process; wait for it, or "
                  "choose another directory with --data",
                  directory)};
}

}  // namespace

Result<DirectoryLock> DirectoryLock::acquire(const std::string& directory) {
  MARQUEE_CHECK(posix_disk().create_directory(directory));
  const std::string path = directory + "/lock";
  DirectoryLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.fd_ < 0) {
    const bool denied = errno == EACCES || errno == EROFS;
    return Error{denied ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable,
                 fmt::format("cannot open {}: {}", path, std::generic_category().message(errno))};
  }
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return held_by_another(directory);
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot lock {}: {}", path, std::generic_category().message(errno))};
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace marquee::embedded
