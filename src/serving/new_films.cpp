#include "serving/new_films.h"

#include <algorithm>
#include <optional>

#include "models/content_prior.h"
#include "serving/fold_text.h"

namespace marquee::serving {
namespace {

constexpr std::size_t kWordBytesMin = 3;  // "of", "la" and part numbers say nothing
constexpr int kDecade = 10;

/// The item row of `key`, -1 when the model does not know it.
std::int32_t row_of(const Generation& generation, MovieKey key) {
  return key < generation.row_of_key.size() ? generation.row_of_key[key] : -1;
}

std::vector<MovieKey> unknown_to(const Generation& generation, const Catalog& catalog) {
  std::vector<MovieKey> keys;
  for (MovieKey key = 0; key < catalog.movies.size(); ++key) {
    const Movie* movie = catalog.find(key);
    const bool is_shown = movie != nullptr && !movie->hidden;
    if (is_shown && row_of(generation, key) < 0) keys.push_back(key);
  }
  return keys;
}

models::ContentPrior learn(const Generation& generation, const Catalog& catalog) {
  models::ContentPrior prior(generation.model->k());
  for (MovieKey key = 0; key < catalog.movies.size(); ++key) {
    const Movie* movie = catalog.find(key);
    const std::int32_t row = row_of(generation, key);
    if (movie == nullptr || row < 0) continue;
    prior.add(features_of(*movie), generation.model->items().row(static_cast<std::size_t>(row)));
  }
  return prior;
}

}  // namespace

std::vector<std::string> features_of(const Movie& movie) {
  std::vector<std::string> features;
  for (const std::string& genre : movie.genres) features.push_back("genre " + genre);
  if (movie.year) features.push_back("decade " + std::to_string(*movie.year / kDecade));
  const std::string title = fold_text(movie.title);
  for (const std::string_view word : words_of(title)) {
    if (word.size() >= kWordBytesMin) features.push_back("word " + std::string(word));
  }
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

std::vector<retrieval::NewFilm> new_films(const Generation* generation, const Catalog& catalog) {
  std::vector<retrieval::NewFilm> films;
  if (generation == nullptr) return films;
  std::optional<models::ContentPrior> prior;
  for (const MovieKey key : unknown_to(*generation, catalog)) {
    const Movie& movie = *catalog.find(key);
    films.push_back({key, movie.added_at_ms, {}, false});
    if (movie.added_at_ms == 0) continue;
    if (!prior) prior = learn(*generation, catalog);
    films.back().direction = prior->direction_of(features_of(movie));
  }
  return films;
}

}  // namespace marquee::serving
