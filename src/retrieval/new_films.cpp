#include "retrieval/new_films.h"

#include <algorithm>
#include <cmath>

#include "linalg/vector_ops.h"

namespace marquee::retrieval {
namespace {

float length_of(std::span<const float> vector) { return std::sqrt(linalg::dot(vector, vector)); }

}  // namespace

NewFilms::NewFilms(std::span<const NewFilm> films) {
  for (const NewFilm& film : films) {
    const float length = length_of(film.direction);
    if (!(length > 0)) continue;
    k_ = film.direction.size();
    films_.push_back({film.movie, film.added_at_ms, {}, film.has_viewers});
    for (const float value : film.direction) directions_.push_back(value / length);
  }
}

std::span<const float> NewFilms::direction_of(MovieKey movie) const {
  const auto at = std::ranges::lower_bound(films_, movie, {}, &NewFilm::movie);
  if (at == films_.end() || at->movie != movie) return {};
  return direction(static_cast<std::size_t>(at - films_.begin()));
}

std::vector<Candidate> NewFilms::matching(std::span<const float> viewer, std::size_t count,
                                          const KeySet& allowed, std::int64_t now_ms,
                                          const NewFilmOptions& options) const {
  std::vector<Candidate> found;
  const float length = length_of(viewer);
  if (films_.empty() || count == 0 || !(length > 0)) return found;
  std::vector<float> products(films_.size());
  linalg::scores(directions_, viewer, products);
  for (std::size_t n = 0; n < films_.size(); ++n) {
    const float match = std::clamp(products[n] / length, -1.0F, 1.0F);
    if (match < options.cosine_min) continue;
    const NewFilm& film = films_[n];
    const bool is_new = film.has_viewers || now_ms - film.added_at_ms <= options.age_max_ms;
    if (is_new && allowed.contains(film.movie)) found.push_back({film.movie, match});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(count, found.size()));
  std::partial_sort(found.begin(), end, found.end(), ranks_before);
  found.erase(end, found.end());
  return found;
}

}  // namespace marquee::retrieval
