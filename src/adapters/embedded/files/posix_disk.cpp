#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/embedded/files/disk.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;

Error system_error(std::string_view what, const std::string& path, int code) {
  const bool full = code == ENOSPC || code == EDQUOT;
  ErrorCode kind = full ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable;
  if (code == ENOENT) kind = ErrorCode::kNotFound;
  if (code == EACCES || code == EPERM || code == EROFS) kind = ErrorCode::kPermissionDenied;
  return Error{kind,
               fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(code))};
}

/// An open descriptor, closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<std::byte> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got =
          ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t at, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return system_error("write", path_, errno);
      at += static_cast<std::uint64_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_error("sync", path_, errno);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
      return system_error("truncate", path_, errno);
    }
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat info{};
    if (::fstat(fd_.get(), &info) != 0) return system_error("look at", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<void> reserve(std::uint64_t bytes) override {
    while (::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
      if (errno == EINTR) continue;
      if (errno == EOPNOTSUPP || errno == ENOSYS) break;
      return system_error("reserve space for", path_, errno);
    }
    return {};
  }

  void drop_cache() override { (void)::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED); }

 private:
  const Descriptor fd_;
  const std::string path_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    int flags = O_CLOEXEC | (how == Open::kRead ? O_RDONLY : O_RDWR);
    if (how == Open::kCreate) flags |= O_CREAT | O_TRUNC;
    const int fd = ::open(path.c_str(), flags, 0640);
    if (fd < 0) return system_error("open", path, errno);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename", from, errno);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path, errno);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::error_code code;
    std::vector<std::string> names;
    fs::directory_iterator at(directory, code);
    for (; !code && at != fs::directory_iterator(); at.increment(code)) {
      if (at->is_regular_file(code)) names.push_back(at->path().filename().string());
    }
    if (code) return system_error("list", directory, code.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> create_directory(const std::string& directory) override {
    const fs::path path = fs::absolute(directory).lexically_normal();
    std::error_code code;
    if (fs::is_directory(path, code)) return {};
    const fs::path parent =
        path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
    if (parent != path) MARQUEE_CHECK(create_directory(parent.string()));
    if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) {
      return system_error("make", directory, errno);
    }
    return sync_directory(parent.string());
  }

  Result<void> sync_directory(const std::string& directory) override {
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return system_error("open", directory, errno);
    if (::fsync(fd.get()) != 0) return system_error("sync", directory, errno);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& directory) const override {
    std::error_code code;
    const fs::space_info space = fs::space(directory, code);
    if (code) return system_error("look for space in", directory, code.value());
    return std::uint64_t{space.available};
  }
};

}  // namespace

Disk& posix_disk() {
  static PosixDisk disk;
  return disk;
}

}  // namespace marquee::embedded
