#include "speed/first_viewers.h"

#include "domain/film_places.h"

namespace marquee::speed {

void FirstViewers::replace(const UserId& user, std::span<const LikedFilm> before,
                           std::span<const LikedFilm> after) {
  constexpr std::uint32_t kOnlyBefore = 0, kInBoth = 1;
  FilmPlaces side(before.size() + after.size());
  for (const LikedFilm& film : before) side[film.movie] = kOnlyBefore;
  for (const LikedFilm& film : after) {
    std::uint32_t& where = side[film.movie];
    if (where == FilmPlaces::kNone) add(film.movie, user);
    where = kInBoth;
  }
  for (const LikedFilm& film : before) {
    if (side[film.movie] == kOnlyBefore) std::erase(films_[film.movie], &user);
  }
}

void FirstViewers::add(MovieKey movie, const UserId& user) {
  if (movie >= films_.size()) films_.resize(movie + std::size_t{1});
  if (films_[movie].size() < FoldedState::kFirstViewersMax) films_[movie].push_back(&user);
}

std::vector<UserId> FirstViewers::of(MovieKey movie) const {
  std::vector<UserId> viewers;
  if (movie >= films_.size()) return viewers;
  for (const UserId* viewer : films_[movie]) viewers.push_back(*viewer);
  return viewers;
}

}  // namespace marquee::speed
