#include "retrieval/new_films.h"

#include <algorithm>
#include <cmath>

#include "linalg/vector_ops.h"
#include "retrieval/largest_products.h"

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
  if (!films_.empty()) quantized_ = linalg::QuantizedMatrix(directions_, k_);
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
  const auto is_asked_for = [&](std::uint32_t n) {
    const NewFilm& film = films_[n];
    const bool is_new = film.has_viewers || now_ms - film.added_at_ms <= options.age_max_ms;
    return is_new && allowed.contains(film.movie);
  };
  constexpr float kRounding = 1e-5F;  // the cosine itself decides
  for (const linalg::Scored& film :
       largest_products(quantized_, directions_, viewer, count,
                        (options.cosine_min - kRounding) * length, is_asked_for)) {
    const float match = std::clamp(film.score / length, -1.0F, 1.0F);
    if (match >= options.cosine_min) found.push_back({films_[film.index].movie, match});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(count, found.size()));
  std::partial_sort(found.begin(), end, found.end(), ranks_before);
  found.erase(end, found.end());
  return found;
}

}  // namespace marquee::retrieval
