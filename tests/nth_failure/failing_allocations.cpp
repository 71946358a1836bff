#include "nth_failure/failing_allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace marquee::testing {
namespace {

std::atomic<std::uint64_t> left = 0;  ///< up to the failing one; 0: none is to fail
std::atomic<bool> others = false;
std::atomic<bool> was_reached = false;
thread_local bool is_own = false;

bool fails() {
  if (left.load(std::memory_order_relaxed) == 0 || is_own == others.load()) return false;
  std::uint64_t before = left.load();
  while (before != 0 && !left.compare_exchange_weak(before, before - 1)) {
  }
  if (before != 1) return false;
  was_reached = true;
  return true;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (fails()) throw std::bad_alloc();
  const std::size_t wanted = bytes == 0 ? 1 : bytes;
  void* memory =
      alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
          ? std::malloc(wanted)
          : std::aligned_alloc(alignment, (wanted + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// For who asks instead of catching.
void* allocate_or_null(std::size_t bytes, std::size_t alignment) noexcept {
  try {
    return allocate(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

FailingAllocation::FailingAllocation(std::uint64_t n, Where where) {
  is_own = true;
  others = where == Where::kOtherThreads;
  was_reached = false;
  left = n;
}
FailingAllocation::~FailingAllocation() {
  left = 0;
  is_own = false;
}
bool FailingAllocation::reached() { return was_reached; }

}  // namespace marquee::testing

void* operator new(std::size_t bytes) { return marquee::testing::allocate(bytes, 0); }
void* operator new[](std::size_t bytes) { return marquee::testing::allocate(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return marquee::testing::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return marquee::testing::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return marquee::testing::allocate_or_null(bytes, 0);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return marquee::testing::allocate_or_null(bytes, 0);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return marquee::testing::allocate_or_null(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return marquee::testing::allocate_or_null(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
