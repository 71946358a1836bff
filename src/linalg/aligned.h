#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace marquee::linalg {

/// Allocates on cache lines, so that no vector load of a kernel straddles two.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* pointer, std::size_t) { ::operator delete(pointer, kAlignment); }
  bool operator==(const CacheLineAllocator&) const = default;
};

using AlignedFloats = std::vector<float, CacheLineAllocator<float>>;

/// Columns of internal matrices are padded with zeros to a multiple of the widest vector (16 floats
/// of AVX-512), so that kernels have no remainder loops.
inline constexpr std::size_t kPadding = 16;
inline constexpr std::size_t padded(std::size_t k) {
  return (k + kPadding - 1) / kPadding * kPadding;
}

}  // namespace marquee::linalg
