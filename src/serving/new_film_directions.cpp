#include "serving/new_film_directions.h"

#include <algorithm>
#include <utility>

#include "models/fold_in.h"
#include "retrieval/live_history.h"

namespace marquee::serving {

NewFilmDirections::NewFilmDirections(const FoldedState& state, const Clock& clock,
                                     const retrieval::HistoryWeights& weights,
                                     std::chrono::milliseconds refresh)
    : state_(state), clock_(clock), weights_(weights), refresh_(refresh) {}

NewFilmDirections::Films NewFilmDirections::get(const Pinned& pinned) const {
  if (pinned.new_films->empty()) return std::make_shared<const retrieval::NewFilms>();
  if (Films films = fresh(pinned.new_films, false)) return films;
  std::unique_lock looking(looking_, std::try_to_lock);
  if (!looking.owns_lock()) {
    if (Films films = fresh(pinned.new_films, true)) return films;
    // Another model's or catalogue's: descriptions will do.
    return std::make_shared<const retrieval::NewFilms>(*pinned.new_films);
  }
  if (Films films = fresh(pinned.new_films, false)) return films;
  return look_anew(pinned);
}

NewFilmDirections::Films NewFilmDirections::fresh(const Given& given, bool any_will_do) const {
  const std::uint64_t version = state_.counts_version();
  const std::lock_guard lock(mutex_);
  if (given_ != given) return nullptr;
  if (any_will_do || counts_version_ == version) return films_;
  return clock_.steady() - looked_at_ < refresh_ ? films_ : nullptr;
}

NewFilmDirections::Films NewFilmDirections::look_anew(const Pinned& pinned) const {
  const std::uint64_t version = state_.counts_version();
  const bool is_known = given_ == pinned.new_films;  // written by who holds `looking_` only
  if (pinned.generation->model != solved_model_) solved_.clear();
  solved_model_ = pinned.generation->model;
  if (!is_known || version != seen_version_) left_ = pinned.new_films->size();
  seen_version_ = version;
  const bool any_changed = solve_changed(*pinned.generation, *pinned.new_films);
  Films films = is_known && !any_changed ? films_ : with_directions(*pinned.new_films);
  const std::lock_guard lock(mutex_);
  given_ = pinned.new_films;
  films_ = std::move(films);
  counts_version_ = left_ == 0 ? std::optional(version) : std::nullopt;
  looked_at_ = clock_.steady();
  return films_;
}

/// In turns, from where the look before stopped for want of time. True when any has changed.
bool NewFilmDirections::solve_changed(const Generation& generation,
                                      const std::vector<retrieval::NewFilm>& films) const {
  const auto end = clock_.steady() + kLookMax;
  bool any_changed = false;
  for (; left_ > 0; --left_) {
    if (clock_.steady() >= end) break;
    next_ = (next_ + 1) % films.size();
    any_changed = solve(generation, films[next_].movie) || any_changed;
  }
  return any_changed;
}

/// True when the film's direction by its viewers has changed; it is empty while they are too few.
bool NewFilmDirections::solve(const Generation& generation, MovieKey movie) const {
  std::vector<UserId> viewers = state_.first_viewers(movie);
  if (viewers.size() < kViewersMin) viewers.clear();
  std::sort(viewers.begin(), viewers.end());
  Solved& solved = solved_[movie];
  if (solved.viewers == viewers) return false;
  solved.direction = direction_of(generation, viewers);
  solved.viewers = std::move(viewers);
  return true;
}

NewFilmDirections::Films NewFilmDirections::with_directions(
    const std::vector<retrieval::NewFilm>& described) const {
  std::vector<retrieval::NewFilm> films = described;
  for (retrieval::NewFilm& film : films) {
    const auto solved = solved_.find(film.movie);
    if (solved == solved_.end() || solved->second.direction.empty()) continue;
    film.direction = solved->second.direction;
    film.has_viewers = true;
  }
  return std::make_shared<const retrieval::NewFilms>(films);
}

/// Empty when too few of them like anything that the model knows.
std::vector<float> NewFilmDirections::direction_of(const Generation& generation,
                                                   const std::vector<UserId>& viewers) const {
  std::vector<float> vectors;
  for (const UserId& viewer : viewers) {
    const auto profile = state_.find(viewer);
    if (!profile) continue;
    const auto history = retrieval::live_history(*profile, generation.row_of_key, weights_);
    if (history.positives.empty()) continue;
    const auto vector =
        models::fold_in(*generation.model, retrieval::weighted_items(history.positives));
    if (vector.ok()) vectors.insert(vectors.end(), vector->begin(), vector->end());
  }
  if (vectors.size() < kViewersMin * generation.model->k()) return {};
  auto direction = models::fold_in_item(*generation.model, generation.user_gramian, vectors);
  if (!direction.ok()) return {};
  return std::move(direction).value();
}

}  // namespace marquee::serving
