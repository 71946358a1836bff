#pragma once

#include <memory>
#include <utility>

#include "adapters/embedded/files/directory_lock.h"
#include "app/storage/storage.h"
#include "base/result.h"

namespace marquee::app {

/// The right to write artifacts of a run beside the servers: one process at a time in a data
/// directory and, where the stores are shared, in the installation, or two runs would write the
/// same archive. Given back when the process ends.
class BatchLock {
 public:
  /// kUnavailable when another batch command is at work.
  static Result<BatchLock> acquire(Storage& storage) {
    const auto& directory = storage.paths.directory;
    auto lock = embedded::DirectoryLock::acquire((directory / "batch").string());
    if (!lock.ok() && lock.error().code == ErrorCode::kFailedPrecondition) {
      return Error{ErrorCode::kUnavailable, "another batch command works on " + directory.string() +
                                                ": try again when it has ended"};
    }
    if (!lock.ok()) return lock.error();
    MARQUEE_TRY(auto shared, storage.stores->lock_artifacts());
    return BatchLock(std::move(lock).value(), std::move(shared));
  }

 private:
  BatchLock(embedded::DirectoryLock lock, std::unique_ptr<HeldLock> shared)
      : lock_(std::move(lock)), shared_(std::move(shared)) {}

  embedded::DirectoryLock lock_;
  std::unique_ptr<HeldLock> shared_;
};

}  // namespace marquee::app
