#pragma once

#include <cstdint>
#include <deque>
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
/// first sight and are never taken back. Thread-safe.
class MovieTable {
 public:
  /// The key of `id`, a new one when it is seen for the first time.
  MovieKey intern(const MovieId& id);
  std::optional<MovieKey> find(std::string_view id) const;
  /// The id of `key`; the reference stays valid for the life of the table. `key` < size().
  const MovieId& id_of(MovieKey key) const;
  std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::deque<MovieId> ids_;  // a deque never moves what it holds
  std::unordered_map<std::string_view, MovieKey, KeyedStringHash> keys_;
};

}  // namespace marquee
