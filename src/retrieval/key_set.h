#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/movie_table.h"

namespace marquee::retrieval {

/// A set of films (or of item rows) as one bit a key; keys beyond its size are not in it. Plain
/// value.
class KeySet {
 public:
  KeySet() = default;
  /// For keys below `keys_max`; others are ignored.
  explicit KeySet(std::size_t keys_max) : words_((keys_max + 63) / 64, 0) {}

  void insert(MovieKey key) {
    if (key / 64 < words_.size()) words_[key / 64] |= bit(key);
  }
  void erase(MovieKey key) {
    if (key / 64 < words_.size()) words_[key / 64] &= ~bit(key);
  }
  bool contains(MovieKey key) const {
    return key / 64 < words_.size() && (words_[key / 64] & bit(key)) != 0;
  }
  /// Calls back with every key, ascending.
  template <typename Callback>
  void for_each(Callback&& callback) const {
    for (std::size_t n = 0; n < words_.size(); ++n) {
      for (std::uint64_t word = words_[n]; word != 0; word &= word - 1) {
        callback(static_cast<MovieKey>(n * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }

 private:
  static std::uint64_t bit(MovieKey key) { return std::uint64_t{1} << (key % 64); }

  std::vector<std::uint64_t> words_;
};

}  // namespace marquee::retrieval
