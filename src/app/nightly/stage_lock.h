#pragma once

#include <filesystem>

#include "base/result.h"

namespace marquee::app {

/// The lock of the stage under way: flock(2) on a file of the data directory. The stage's process
/// inherits it as descriptor kDescriptor, and so do those it starts: there is no moment at which a
/// server can be killed and leave a stage that the next one does not find, and the kernel gives it
/// back when the last of them ends, however it ends. Movable.
class StageLock {
 public:
  /// Where the stage has it: behind stdin, stdout and stderr.
  static constexpr int kDescriptor = 3;

  /// kUnavailable when the file cannot be opened, kFailedPrecondition when a stage has it.
  static Result<StageLock> take(const std::filesystem::path& file);

  StageLock(StageLock&& other) noexcept;
  StageLock& operator=(StageLock&& other) noexcept;
  ~StageLock();

  /// To inherit from; closed with this object, which takes the lock from nobody who inherited it.
  int descriptor() const { return descriptor_; }

 private:
  explicit StageLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

/// Kills whoever holds the lock as a stage does, each with its process group, and waits for their
/// end for up to 10 s. True when there was one to end. Who only reads the file is left alone, and
/// so is a process of another user, as which the stage then goes on.
bool end_left_stage(const std::filesystem::path& file);

}  // namespace marquee::app
