#pragma once

#include <cstdint>

namespace marquee::testing {

/// While it lives, the `n`-th call of this thread (1: the next) that can change the file system
/// fails with `error_number`: open for writing, write, pwrite, fsync, fdatasync, ftruncate, rename,
/// unlink, mkdir. One at a time a thread.
class FailingCall {
 public:
  FailingCall(std::uint64_t n, int error_number);
  ~FailingCall();
  FailingCall(const FailingCall&) = delete;
  FailingCall& operator=(const FailingCall&) = delete;

  /// Whether the call was made, and failed.
  static bool reached();
};

}  // namespace marquee::testing
