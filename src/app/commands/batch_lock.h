#pragma once

#include <filesystem>

#include "adapters/embedded/files/directory_lock.h"
#include "base/result.h"

namespace marquee::app::commands {

/// The right to write artifacts of a run to a data directory, beside its server: one process at a
/// time, or two runs would write the same archive. Given back when the process ends.
class BatchLock {
 public:
  /// kUnavailable when another batch command is at work.
  static Result<BatchLock> acquire(const std::filesystem::path& directory) {
    auto lock = embedded::DirectoryLock::acquire((directory / "batch").string());
    if (!lock.ok() && lock.error().code == ErrorCode::kFailedPrecondition) {
      return Error{ErrorCode::kUnavailable, "another batch command works on " + directory.string() +
                                                ": try again when it has ended"};
    }
    if (!lock.ok()) return lock.error();
    return BatchLock(std::move(lock).value());
  }

 private:
  explicit BatchLock(embedded::DirectoryLock lock) : lock_(std::move(lock)) {}

  embedded::DirectoryLock lock_;
};

}  // namespace marquee::app::commands
