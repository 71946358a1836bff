#include "serving/movie_search.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "models/fold_in.h"
#include "models/item_scores.h"
#include "ranking/film_filter.h"
#include "retrieval/live_candidates.h"
#include "serving/fold_text.h"

namespace marquee::serving {
namespace {

/// The titles of one catalogue snapshot, ready to be compared. Immutable.
struct TitleIndex {
  struct Entry {
    MovieKey key = 0;
    std::string title;  ///< folded, with a space in front, so that " word" starts a word
  };

  explicit TitleIndex(std::shared_ptr<const Catalog> snapshot)
      : catalog(std::move(snapshot)), films(catalog->movies) {
    for (MovieKey key = 0; key < catalog->movies.size(); ++key) {
      const Movie* movie = catalog->find(key);
      if (movie == nullptr || movie->hidden) continue;
      entries.push_back({key, " " + fold_text(movie->title)});
    }
    std::sort(entries.begin(), entries.end(), [this](const Entry& a, const Entry& b) {
      return catalog->find(a.key)->id < catalog->find(b.key)->id;
    });
  }

  std::shared_ptr<const Catalog> catalog;
  ranking::FilmIndex films;
  std::vector<Entry> entries;  ///< in order of movie id, so that a stable sort breaks ties by it
};

struct Match {
  const TitleIndex::Entry* entry = nullptr;
  bool at_word_starts = true;
  double popularity = 0;
  double rank = 0;  ///< larger comes first
};

/// Nothing when a word is missing; else whether every word starts a word of the title.
std::optional<bool> match(std::string_view title, const std::vector<std::string_view>& words) {
  bool at_starts = true;
  for (const std::string_view word : words) {
    std::size_t at = title.find(word);
    if (at == std::string_view::npos) return std::nullopt;
    while (at != std::string_view::npos && title[at - 1] != ' ') at = title.find(word, at + 1);
    at_starts = at_starts && at != std::string_view::npos;
  }
  return at_starts;
}

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
  if (!kept || kept->catalog != catalog) {
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
  const ranking::FilmFilter filter(index.films, wishes);
  const std::string folded = fold_text(query.text);
  const std::vector<std::string_view> words = words_of(folded);
  // Text of signs alone asks for something that no title has.
  if (words.empty() && query.text.find_first_not_of(" \t") != std::string::npos) return {};
  std::vector<Match> found;
  for (const TitleIndex::Entry& entry : index.entries) {
    if (!filter.passes(entry.key)) continue;
    if (const auto at_starts = match(entry.title, words)) found.push_back({&entry, *at_starts});
  }
  return found;
}

/// Viewers' own scores; false when the viewer has none to go by.
bool MovieSearch::Impl::rank_for(const UserId& user, std::vector<Match>& found) const {
  const auto generation = service.generation();
  const auto profile = state.find(user);
  if (!generation || !profile) return false;
  const auto positives =
      retrieval::live_positives(*profile, generation->row_of_key, service.options().history);
  if (positives.empty()) return false;
  const auto vector = models::fold_in(*generation->model, retrieval::weighted_items(positives));
  if (!vector.ok()) return false;
  std::vector<float> scores(generation->model->items().rows());
  models::score_items(*generation->model, *vector, scores);
  const auto& rows = generation->row_of_key;
  for (Match& film : found) {
    const MovieKey key = film.entry->key;
    const bool known = key < rows.size() && rows[key] >= 0;
    film.rank = known ? double{scores[static_cast<std::size_t>(rows[key])]}
                      : std::numeric_limits<double>::lowest();
  }
  return true;
}

void MovieSearch::Impl::rank(const TitleIndex& index, const MovieQuery& query,
                             std::vector<Match>& found) const {
  std::vector<float> popularity(index.catalog->movies.size(), 0.0F);
  const auto popular = service.popular();
  for (const Candidate& film : *popular) {
    if (film.movie < popularity.size()) popularity[film.movie] = film.score;
  }
  for (Match& film : found) {
    film.popularity = double{popularity[film.entry->key]};
    film.rank = film.popularity;
    if (query.sort == MovieQuery::Sort::kYear) {
      film.rank = index.films.year_of(film.entry->key);  // newest first, without a year last
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
    if (a.at_word_starts != b.at_word_starts) return a.at_word_starts;
    return by_title ? a.entry->title < b.entry->title : a.rank > b.rank;
  });
  MoviePage page;
  page.total = found.size();
  for (std::size_t i = query.first; i < found.size() && page.movies.size() < query.limit; ++i) {
    page.movies.emplace_back(found[i].entry->key, found[i].popularity);
  }
  return page;
}

}  // namespace marquee::serving
