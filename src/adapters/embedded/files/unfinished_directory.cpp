#include "adapters/embedded/files/unfinished_directory.h"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/posix_file.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;

fs::path marker_in(const fs::path& directory) { return directory / UnfinishedDirectory::kMarker; }

/// Removes everything in `directory` but the marker.
Result<void> empty(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path() == marker_in(directory)) continue;
    fs::remove_all(entry.path(), error);
    if (error) break;
  }
  if (error) return file_error(error.value(), "clearing", directory);
  return {};
}

Result<bool> holds_only_marker(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path() != marker_in(directory)) return false;
  }
  if (error) return file_error(error.value(), "listing", directory);
  return true;
}

}  // namespace

Result<UnfinishedDirectory> UnfinishedDirectory::begin(const fs::path& directory,
                                                       std::string_view command) {
  std::error_code error;
  const bool exists = fs::exists(fs::symlink_status(directory, error));
  if (exists && !fs::is_directory(directory, error)) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} is no directory", directory.string())};
  }
  MARQUEE_CHECK(posix_disk().create_directory(directory.string()));
  UnfinishedDirectory unfinished(directory, !exists);
  MARQUEE_CHECK(unfinished.claim(command));
  return unfinished;
}

Result<void> UnfinishedDirectory::claim(std::string_view command) {
  const fs::path marker = marker_in(directory_);
  // The marker first, then the look around: a server that opens the directory meanwhile sees it.
  int fd = ::open(marker.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  const bool left_over = fd < 0 && errno == EEXIST;
  if (left_over) fd = ::open(marker.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return file_error(errno, "creating", marker);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("another process is writing {}: wait for it, or name another "
                             "directory",
                             directory_.string())};
  }
  const auto alone = holds_only_marker(directory_);
  if (!left_over && (!alone.ok() || !*alone)) {
    ::unlink(marker.c_str());
    ::close(fd);
    if (!alone.ok()) return alone.error();
    return Error{
        ErrorCode::kFailedPrecondition,
        fmt::format("{} is not empty: name a new or empty directory", directory_.string())};
  }
  marker_ = fd;  // from here on the destructor clears up
  MARQUEE_CHECK(empty(directory_));
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, command.data(), command.size(), 0) != static_cast<ssize_t>(command.size())) {
    return file_error(errno, "writing", marker);
  }
  return flush_directory(directory_);
}

UnfinishedDirectory::UnfinishedDirectory(UnfinishedDirectory&& other) noexcept
    : directory_(std::move(other.directory_)),
      made_(std::exchange(other.made_, false)),
      marker_(std::exchange(other.marker_, -1)) {}

UnfinishedDirectory::~UnfinishedDirectory() {
  if (marker_ >= 0) {
    static_cast<void>(empty(directory_));  // what stays is unfinished still
    ::unlink(marker_in(directory_).c_str());
    ::close(marker_);
  }
  if (made_) ::rmdir(directory_.c_str());
}

Result<void> UnfinishedDirectory::flush_names() const {
  std::error_code error;
  fs::recursive_directory_iterator at(directory_, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->is_directory(error)) MARQUEE_CHECK(flush_directory(at->path()));
  }
  if (error) return file_error(error.value(), "listing", directory_);
  return flush_directory(directory_);
}

Result<void> UnfinishedDirectory::finish() {
  MARQUEE_CHECK(flush_names());
  if (::unlink(marker_in(directory_).c_str()) != 0) {
    return file_error(errno, "removing", marker_in(directory_));
  }
  ::close(std::exchange(marker_, -1));
  made_ = false;
  return flush_directory(directory_);
}

Result<void> check_finished(const fs::path& directory) {
  const auto marker = read_whole_file(marker_in(directory));
  if (!marker.ok()) return {};
  const std::string command(reinterpret_cast<const char*>(marker->data()), marker->size());
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} is unfinished: {} was interrupted or still writes it; run that "
                           "again",
                           directory.string(), command)};
}

}  // namespace marquee::embedded
