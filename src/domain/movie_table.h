#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

#include "domain/ids.h"

namespace marquee {

/// A film as a small dense number, valid inside one process only; never stored.
using MovieKey = std::uint32_t;

/// Gives every film id that the process meets (catalogue, events, models) a MovieKey, so that
/// profiles and lists hold 4 bytes a film and exclusion is a bit set. Keys are dealt in order of
/// first sight and are never taken back. Thread-safe; id_of() and size() take no lock.
class MovieTable {
 public:
  /// The key of `id`, a new one when it is seen for the first time.
  MovieKey intern(const MovieId& id);
  std::optional<MovieKey> find(std::string_view id) const;
  /// The id of `key`; the reference stays valid for the life of the table. `key` < size().
  const MovieId& id_of(MovieKey key) const;
  std::size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  /// Blocks never move; each is as large as all before it, the first two apart.
  static constexpr int kFirstBlockBits = 10;
  static constexpr std::size_t kBlocks = 32 - kFirstBlockBits + 1;
  static std::size_t block_of(MovieKey key) { return std::bit_width(key >> kFirstBlockBits); }
  static MovieKey first_of(std::size_t block) {
    return block == 0 ? 0 : MovieKey{1} << (kFirstBlockBits + block - 1);
  }

  mutable std::shared_mutex mutex_;  ///< of keys_, and of who adds
  /// Written before size_ covers them, and never again.
  std::array<std::unique_ptr<MovieId[]>, kBlocks> blocks_;
  std::atomic<MovieKey> size_ = 0;
  std::unordered_map<std::string_view, MovieKey, KeyedStringHash> keys_;
};

}  // namespace marquee
