#include "serving/popular_films.h"

#include <utility>

#include "ranking/blend.h"

namespace marquee::serving {

PopularFilms::PopularFilms(const FoldedState& state, const MovieTable& movies, const Clock& clock,
                           const models::PopularityOptions& options,
                           std::chrono::milliseconds refresh)
    : state_(state), movies_(movies), clock_(clock), options_(options), refresh_(refresh) {}

std::shared_ptr<const std::vector<Candidate>> PopularFilms::get() const {
  if (List list = fresh(false)) return list;
  std::unique_lock counting(counting_, std::try_to_lock);
  if (!counting.owns_lock()) {
    if (List list = fresh(true)) return list;
    counting.lock();  // the very first list: there is nothing else to answer with
  }
  if (List list = fresh(false)) return list;
  return count_anew();
}

PopularFilms::List PopularFilms::fresh(bool any_will_do) const {
  const std::uint64_t version = state_.counts_version();
  const std::lock_guard lock(mutex_);
  if (!list_ || any_will_do || counts_version_ == version) return list_;
  return clock_.steady() - counted_at_ < refresh_ ? list_ : nullptr;
}

PopularFilms::List PopularFilms::count_anew() const {
  const std::uint64_t version = state_.counts_version();
  MovieCounts counts;
  state_.read_counts([&counts](const MovieCounts& now) { counts = now; });
  auto ranked =
      std::make_shared<std::vector<Candidate>>(models::rank_by_popularity(counts, options_));
  if (!ranked->empty() && ranked->front().score > 0) {
    const float best = ranked->front().score;
    for (Candidate& film : *ranked) film.score /= best;
  }
  ranking::sort_best_first(*ranked, movies_);
  const std::lock_guard lock(mutex_);
  list_ = std::move(ranked);
  counts_version_ = version;
  counted_at_ = clock_.steady();
  return list_;
}

}  // namespace marquee::serving
