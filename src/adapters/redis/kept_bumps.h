#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/ids.h"

namespace marquee::redis {

/// Bumps that Redis has not confirmed yet, the largest of each viewer. Whoever reads or fills a
/// list asks here first, so that a bump counts in this process from the moment it is made. Bounded:
/// what finds no room is a gap, after which nothing that is stored may be trusted. Thread-safe.
class KeptBumps {
 public:
  using Bump = std::pair<UserId, std::uint64_t>;

  explicit KeptBumps(std::size_t limit) : limit_(limit) {}

  void add(const UserId& user, std::uint64_t version);
  /// The version that lists of this viewer must have reached; 0 when nothing is kept.
  std::uint64_t floor(const UserId& user) const;

  /// Up to `count` of them, which stay.
  std::vector<Bump> some(std::size_t count) const;
  /// Redis has confirmed this bump: it goes, unless the viewer was bumped further meanwhile.
  void confirmed(const Bump& bump);
  std::size_t size() const { return size_.load(std::memory_order_acquire); }

  /// Grows with everything that makes the stored lists untrustworthy.
  std::uint64_t gaps() const { return gaps_.load(std::memory_order_acquire); }
  bool has_gap() const { return gaps() != closed_.load(std::memory_order_acquire); }
  void open_gap() { ++gaps_; }
  /// The stored lists were dropped after gaps() was `seen`. A gap that came later stays open.
  void close_gap(std::uint64_t seen) { closed_.store(seen, std::memory_order_release); }

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<UserId, std::uint64_t> bumps_;
  std::atomic<std::size_t> size_ = 0;  ///< of bumps_: most questions need no lock
  std::atomic<std::uint64_t> gaps_ = 0;
  std::atomic<std::uint64_t> closed_ = 0;
};

}  // namespace marquee::redis
