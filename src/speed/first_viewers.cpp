#include "speed/first_viewers.h"

#include <algorithm>
#include <iterator>

namespace marquee::speed {
namespace {

std::vector<MovieKey> sorted_keys(std::span<const LikedFilm> films) {
  std::vector<MovieKey> keys;
  keys.reserve(films.size());
  for (const LikedFilm& film : films) keys.push_back(film.movie);
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// Those of `keys` that `others` lacks; both sorted.
std::vector<MovieKey> without(const std::vector<MovieKey>& keys,
                              const std::vector<MovieKey>& others) {
  std::vector<MovieKey> rest;
  std::set_difference(keys.begin(), keys.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

}  // namespace

void FirstViewers::replace(const UserId& user, std::span<const LikedFilm> before,
                           std::span<const LikedFilm> after) {
  const auto keys_before = sorted_keys(before);
  const auto keys_after = sorted_keys(after);
  for (const MovieKey movie : without(keys_before, keys_after)) std::erase(films_[movie], &user);
  for (const MovieKey movie : without(keys_after, keys_before)) {
    if (movie >= films_.size()) films_.resize(movie + std::size_t{1});
    if (films_[movie].size() < FoldedState::kFirstViewersMax) films_[movie].push_back(&user);
  }
}

std::vector<UserId> FirstViewers::of(MovieKey movie) const {
  std::vector<UserId> viewers;
  if (movie >= films_.size()) return viewers;
  for (const UserId* viewer : films_[movie]) viewers.push_back(*viewer);
  return viewers;
}

}  // namespace marquee::speed
