#include "serving/movie_search.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <string_view>
#include <utility>

#include "models/fold_in.h"
#include "models/item_scores.h"
#include "ranking/film_filter.h"
#include "retrieval/live_history.h"
#include "serving/title_index.h"

namespace marquee::serving {
namespace {

struct Match {
  MovieKey film = 0;
  std::string_view title;
  unsigned fit = 0;  ///< TitleIndex::Fit; smaller comes first
  double popularity = 0;
  double rank = 0;  ///< larger comes first
};

}  // namespace

struct MovieSearch::Impl {
  Impl(const RecommendationService& the_service, const FoldedState& the_state)
      : service(the_service), state(the_state) {}

  std::shared_ptr<const TitleIndex> index() const;
  std::vector<Match> matches(const TitleIndex& index, const MovieQuery& query) const;
  void rank(const TitleIndex& index, const MovieQuery& query, std::vector<Match>& found) const;
  bool rank_for(const UserId& user, std::vector<Match>& found) const;

  const RecommendationService& service;
  const FoldedState& state;
  mutable std::mutex mutex;
  mutable std::shared_ptr<const TitleIndex> kept;
};

std::shared_ptr<const TitleIndex> MovieSearch::Impl::index() const {
  auto catalog = service.catalog();
  const std::lock_guard lock(mutex);
  if (!kept || kept->catalog() != catalog) {
    kept = std::make_shared<const TitleIndex>(std::move(catalog));
  }
  return kept;
}

std::vector<Match> MovieSearch::Impl::matches(const TitleIndex& index,
                                              const MovieQuery& query) const {
  ranking::FilmWishes wishes;
  if (query.genre) wishes.genres.push_back(*query.genre);
  wishes.year_from = query.year_from;
  wishes.year_to = query.year_to;
  std::vector<Match> found;
  for (const auto& match : index.find(query.text, ranking::FilmFilter(index.films(), wishes))) {
    found.push_back({match.title->key, match.title->text, match.fit});
  }
  return found;
}

/// Viewers' own scores; false when the viewer has none to go by.
bool MovieSearch::Impl::rank_for(const UserId& user, std::vector<Match>& found) const {
  const auto generation = service.generation();
  const auto profile = state.find(user);
  if (!generation || !profile) return false;
  const auto positives =
      retrieval::live_history(*profile, generation->row_of_key, service.options().history)
          .positives;
  if (positives.empty()) return false;
  const auto vector = models::fold_in(*generation->model, retrieval::weighted_items(positives));
  if (!vector.ok()) return false;
  std::vector<float> scores(generation->model->items().rows());
  models::score_items(*generation->model, *vector, scores);
  const auto& rows = generation->row_of_key;
  for (Match& match : found) {
    const MovieKey key = match.film;
    const bool known = key < rows.size() && rows[key] >= 0;
    match.rank = known ? double{scores[static_cast<std::size_t>(rows[key])]}
                       : std::numeric_limits<double>::lowest();
  }
  return true;
}

void MovieSearch::Impl::rank(const TitleIndex& index, const MovieQuery& query,
                             std::vector<Match>& found) const {
  std::vector<float> popularity(index.catalog()->movies.size(), 0.0F);
  const auto popular = service.popular();
  for (const Candidate& film : *popular) {
    if (film.movie < popularity.size()) popularity[film.movie] = film.score;
  }
  for (Match& match : found) {
    match.popularity = double{popularity[match.film]};
    match.rank = match.popularity;
    if (query.sort == MovieQuery::Sort::kYear) {
      match.rank = index.films().year_of(match.film);  // newest first, without a year last
    }
  }
  if (query.sort == MovieQuery::Sort::kForMe && query.user) rank_for(*query.user, found);
}

MovieSearch::MovieSearch(const RecommendationService& service, const FoldedState& state)
    : impl_(std::make_unique<Impl>(service, state)) {}
MovieSearch::~MovieSearch() = default;

MoviePage MovieSearch::search(const MovieQuery& query) const {
  const auto index = impl_->index();
  std::vector<Match> found = impl_->matches(*index, query);
  impl_->rank(*index, query, found);
  const bool by_title = query.sort == MovieQuery::Sort::kTitle;
  std::stable_sort(found.begin(), found.end(), [by_title](const Match& a, const Match& b) {
    if (a.fit != b.fit) return a.fit < b.fit;
    return by_title ? a.title < b.title : a.rank > b.rank;
  });
  MoviePage page;
  page.total = found.size();
  for (std::size_t i = query.first; i < found.size() && page.movies.size() < query.limit; ++i) {
    page.movies.emplace_back(found[i].film, found[i].popularity);
  }
  return page;
}

}  // namespace marquee::serving
