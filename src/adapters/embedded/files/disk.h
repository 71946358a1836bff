#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace marquee::embedded {

/// One open file. Closes with the object.
///
/// Errors name the file; a full device is kResourceExhausted, a missing right kPermissionDenied,
/// all else kUnavailable. Threads: reads from any thread beside one writer.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Fills `out` from `at` on; fewer bytes only at the end of the file. Returns how many.
  virtual Result<std::size_t> read_at(std::uint64_t at, std::span<std::byte> out) const = 0;
  /// Writes all of `bytes` at `at`, growing the file. Durable only after sync().
  virtual Result<void> write_at(std::uint64_t at, std::span<const std::byte> bytes) = 0;
  /// What was written is on stable storage when this returns; not the file's name (sync_directory).
  virtual Result<void> sync() = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
  /// Takes the space for growth up to `bytes` in all, so that later writes there cannot meet a full
  /// device; the size stays. kResourceExhausted, nothing taken, when there is not enough. Ok and of
  /// no effect where the file system has no such thing.
  virtual Result<void> reserve(std::uint64_t bytes) = 0;
  /// Later reads come from the device: after a failed sync the page cache may hold what the device
  /// does not (PostgreSQL's "fsyncgate", 2018). Best effort.
  virtual void drop_cache() = 0;
};

/// The file operations of the event log, so that a simulation can cut the power between any two.
/// Threads: any.
class Disk {
 public:
  enum class Open { kRead, kReadWrite, kCreate /**< read and write, emptied when it exists */ };

  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// kNotFound when the file does not exist.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open how) = 0;
  /// Replaces `to` when it exists. Durable after sync_directory().
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Ok when there was none. Durable after sync_directory().
  virtual Result<void> remove(const std::string& path) = 0;
  /// Names, not paths, of the files in `directory`, sorted; kNotFound when it does not exist.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// Makes `directory` and its parents where they are missing, durably.
  virtual Result<void> create_directory(const std::string& directory) = 0;
  /// Which names `directory` holds is on stable storage when this returns.
  virtual Result<void> sync_directory(const std::string& directory) = 0;
  /// What files in `directory` can still grow by. A hint: others write, too, and quotas are not
  /// looked at.
  virtual Result<std::uint64_t> free_bytes(const std::string& directory) const = 0;
};

/// The machine's disk. Lives as long as the process.
Disk& posix_disk();

}  // namespace marquee::embedded
