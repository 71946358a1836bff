#include "adapters/embedded/files/posix_file.h"

#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace marquee::embedded {
namespace {

/// An open file, closed when it goes.
class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags, unsigned mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool ok() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  /// False when closing reports a late error.
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kResourceExhausted;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case EISDIR:
    case ENOTDIR:
    case EEXIST:
    case ENOTEMPTY:
      return ErrorCode::kConflict;
    case ENAMETOOLONG:
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kUnavailable;
  }
}

/// 0, or the errno of the write that failed.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Error file_error(int error_number, std::string_view doing, const std::filesystem::path& path) {
  return Error{code_of(error_number), fmt::format("{} {}: {}", doing, path.string(),
                                                  std::generic_category().message(error_number))};
}

Result<void> write_new_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                            unsigned mode) {
  OpenFile file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file.ok()) return file_error(errno, "creating", path);
  int failed = write_all(file.descriptor(), bytes);
  if (failed == 0 && ::fsync(file.descriptor()) != 0) failed = errno;
  if (!file.close() && failed == 0) failed = errno;
  if (failed == 0) return {};
  ::unlink(path.c_str());
  return file_error(failed, "writing", path);
}

Result<std::vector<std::byte>> read_whole_file(const std::filesystem::path& path) {
  const OpenFile file(path, O_RDONLY);
  if (!file.ok()) return file_error(errno, "opening", path);
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) return file_error(errno, "reading", path);
  if (!S_ISREG(status.st_mode)) return file_error(ENOENT, "reading", path);
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file.descriptor(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(errno, "reading", path);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> flush_directory(const std::filesystem::path& directory) {
  const OpenFile opened(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return file_error(errno, "opening", directory);
  if (::fsync(opened.descriptor()) != 0) return file_error(errno, "flushing", directory);
  return {};
}

}  // namespace marquee::embedded
