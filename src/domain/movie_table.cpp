#include "domain/movie_table.h"

#include <mutex>

namespace marquee {

MovieKey MovieTable::intern(const MovieId& id) {
  if (const auto known = find(id.value())) return *known;
  const std::unique_lock lock(mutex_);
  if (const auto found = keys_.find(id.value()); found != keys_.end()) return found->second;
  const auto key = static_cast<MovieKey>(ids_.size());
  ids_.push_back(id);
  keys_.emplace(ids_.back().value(), key);
  return key;
}

std::optional<MovieKey> MovieTable::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

const MovieId& MovieTable::id_of(MovieKey key) const {
  const std::shared_lock lock(mutex_);
  return ids_.at(key);
}

std::size_t MovieTable::size() const {
  const std::shared_lock lock(mutex_);
  return ids_.size();
}

}  // namespace marquee
