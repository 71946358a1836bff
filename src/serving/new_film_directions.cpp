#include "serving/new_film_directions.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/fold_in.h"
#include "retrieval/live_history.h"

namespace marquee::serving {
namespace {

void scale_to_length_one(std::vector<float>& vector) {
  double sum = 0;
  for (const float value : vector) sum += double{value} * double{value};
  if (sum <= 0) return vector.clear();
  const auto unit = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : vector) value *= unit;
}

}  // namespace

NewFilmDirections::NewFilmDirections(const FoldedState& state, const Clock& clock,
                                     const retrieval::HistoryWeights& weights,
                                     std::chrono::milliseconds refresh)
    : state_(state), clock_(clock), weights_(weights), refresh_(refresh) {}

NewFilmDirections::Films NewFilmDirections::get(const Pinned& pinned) const {
  if (pinned.new_films->empty()) return pinned.new_films;
  if (Films films = fresh(pinned.new_films, false)) return films;
  std::unique_lock looking(looking_, std::try_to_lock);
  if (!looking.owns_lock()) {
    if (Films films = fresh(pinned.new_films, true)) return films;
    return pinned.new_films;  // another model's or catalogue's: descriptions will do
  }
  if (Films films = fresh(pinned.new_films, false)) return films;
  return look_anew(pinned);
}

NewFilmDirections::Films NewFilmDirections::fresh(const Films& films, bool any_will_do) const {
  const std::uint64_t version = state_.counts_version();
  const std::lock_guard lock(mutex_);
  if (given_ != films) return nullptr;
  if (any_will_do || counts_version_ == version) return films_;
  return clock_.steady() - looked_at_ < refresh_ ? films_ : nullptr;
}

NewFilmDirections::Films NewFilmDirections::look_anew(const Pinned& pinned) const {
  const std::uint64_t version = state_.counts_version();
  {
    const std::lock_guard lock(mutex_);
    if (given_ != pinned.new_films) solved_.clear();  // vectors of another model
  }
  auto films = std::make_shared<std::vector<retrieval::NewFilm>>();
  for (const retrieval::NewFilm& described : *pinned.new_films) {
    const std::vector<float>& from_viewers = solve(*pinned.generation, described.movie);
    if (from_viewers.empty() && described.direction.empty()) continue;
    films->push_back(described);
    if (from_viewers.empty()) continue;
    films->back().direction = from_viewers;
    films->back().has_viewers = true;
  }
  const std::lock_guard lock(mutex_);
  given_ = pinned.new_films;
  films_ = std::move(films);
  counts_version_ = version;
  looked_at_ = clock_.steady();
  return films_;
}

/// Empty while there are too few viewers.
const std::vector<float>& NewFilmDirections::solve(const Generation& generation,
                                                   MovieKey movie) const {
  static const std::vector<float> kNone;
  std::vector<UserId> viewers = state_.first_viewers(movie);
  if (viewers.size() < kViewersMin) return kNone;
  std::sort(viewers.begin(), viewers.end());
  Solved& solved = solved_[movie];
  if (solved.viewers != viewers) {
    solved.direction = direction_of(generation, viewers);
    solved.viewers = std::move(viewers);
  }
  return solved.direction;
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
  scale_to_length_one(*direction);
  return std::move(direction).value();
}

}  // namespace marquee::serving
