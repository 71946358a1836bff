#pragma once

#include <string>

#include "base/result.h"

namespace marquee::embedded {

/// The right to write to a data directory, held by one process at a time: flock(2) on DIR/lock,
/// which the kernel gives back when the process ends, however it ends. Movable; gives the
/// directory back when destroyed.
class DirectoryLock {
 public:
  /// Makes the directory when it is missing. kFailedPrecondition when another process (or another
  /// lock of this one) holds it; the message names the server that does.
  static Result<DirectoryLock> acquire(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace marquee::embedded
