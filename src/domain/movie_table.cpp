#include "domain/movie_table.h"

#include <mutex>
#include <stdexcept>

namespace marquee {

MovieKey MovieTable::intern(const MovieId& id) {
  if (const auto known = find(id.value())) return *known;
  const std::unique_lock lock(mutex_);
  if (const auto found = keys_.find(id.value()); found != keys_.end()) return found->second;
  const MovieKey key = size_.load(std::memory_order_relaxed);
  const std::size_t block = block_of(key);
  if (!blocks_[block]) {
    blocks_[block] = std::make_unique<MovieId[]>(block == 0 ? first_of(1) : first_of(block));
  }
  MovieId& kept = blocks_[block][key - first_of(block)];
  kept = id;
  keys_.emplace(kept.value(), key);
  size_.store(key + 1, std::memory_order_release);
  return key;
}

std::optional<MovieKey> MovieTable::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

const MovieId& MovieTable::id_of(MovieKey key) const {
  if (key >= size()) throw std::out_of_range("MovieTable::id_of: no such key");
  const std::size_t block = block_of(key);
  return blocks_[block][key - first_of(block)];
}

}  // namespace marquee
