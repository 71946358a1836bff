#include "serving/film_descriptions.h"

#include <algorithm>
#include <utility>

#include "serving/fold_text.h"

namespace marquee::serving {
namespace {

constexpr std::size_t kWordBytesMin = 3;  // "of", "la" and part numbers say nothing
constexpr int kDecade = 10;

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

FilmDescriptions::FilmDescriptions(std::shared_ptr<const Generation> generation,
                                   std::shared_ptr<const Catalog> catalog)
    : generation_(std::move(generation)), catalog_(std::move(catalog)) {}

std::vector<float> FilmDescriptions::direction_of(MovieKey movie) const {
  const Movie* film = catalog_->find(movie);
  if (film == nullptr) return {};
  const std::lock_guard lock(mutex_);
  if (!prior_) {
    models::ContentPrior prior(generation_->model->k());
    learn(prior);
    prior_ = std::move(prior);
  }
  return prior_->direction_of(features_of(*film));
}

void FilmDescriptions::learn(models::ContentPrior& prior) const {
  for (MovieKey key = 0; key < catalog_->movies.size(); ++key) {
    const Movie* movie = catalog_->find(key);
    const auto row = generation_->row_of(key);
    if (movie != nullptr && row)
      prior.add(features_of(*movie), generation_->model->items().row(*row));
  }
}

}  // namespace marquee::serving
