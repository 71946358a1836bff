#pragma once

#include <cstdint>

namespace marquee::testing {

/// While it lives, one allocation by operator new throws std::bad_alloc: the `n`-th (1: the next)
/// of this thread, or of all the others together. One at a time a program.
class FailingAllocation {
 public:
  enum class Where { kThisThread, kOtherThreads };
  FailingAllocation(std::uint64_t n, Where where);
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Whether the allocation was asked for, and failed.
  static bool reached();
};

}  // namespace marquee::testing
