#include "serving/similar_films.h"

#include <algorithm>

#include "retrieval/item_cosine.h"

namespace marquee::serving {
namespace {

std::int32_t row_of(const Pinned& pinned, MovieKey film) {
  if (!pinned.generation) return -1;
  const auto& rows = pinned.generation->row_of_key;
  return film < rows.size() ? rows[film] : -1;
}

/// In order of movie id, so that a stable sort by score breaks ties by it.
std::vector<Candidate> by_vector(const Pinned& pinned, MovieKey film, std::int32_t row) {
  const auto cosines =
      retrieval::item_cosines(*pinned.generation->model, static_cast<std::uint32_t>(row));
  std::vector<Candidate> alike;
  for (const MovieKey other : pinned.view->by_id) {
    const std::int32_t other_row = row_of(pinned, other);
    if (other == film || other_row < 0) continue;
    const float cosine = cosines[static_cast<std::size_t>(other_row)];
    if (cosine > 0) alike.push_back({other, std::min(cosine, 1.0F)});
  }
  return alike;
}

/// The neighbours stored with the model that serve, best first; fewer than a sweep finds when many
/// are wanted, or were withdrawn since.
std::vector<Candidate> by_stored_neighbors(const Pinned& pinned, MovieKey film) {
  std::vector<Candidate> alike = pinned.generation->neighbors(film);
  std::erase_if(alike, [&pinned](const Candidate& other) {
    return !pinned.view->servable.contains(other.movie);
  });
  return alike;
}

float shared_genres(const Movie& a, const Movie& b) {
  const auto both = std::count_if(a.genres.begin(), a.genres.end(), [&b](const auto& genre) {
    return std::find(b.genres.begin(), b.genres.end(), genre) != b.genres.end();
  });
  const auto either = static_cast<std::ptrdiff_t>(a.genres.size() + b.genres.size()) - both;
  return either == 0 ? 0 : static_cast<float>(both) / static_cast<float>(either);
}

/// The most popular first, then those nobody has met, in order of movie id.
std::vector<Candidate> by_genre(const CatalogView& view, const std::vector<Candidate>& popular,
                                MovieKey film) {
  const Movie* movie = view.catalog->find(film);
  if (movie == nullptr) return {};
  std::vector<Candidate> alike;
  retrieval::KeySet left = view.servable;
  left.erase(film);
  const auto take = [&](MovieKey other) {
    if (!left.contains(other)) return;
    left.erase(other);
    const float shared = shared_genres(*movie, *view.catalog->find(other));
    if (shared > 0) alike.push_back({other, std::min(shared, 1.0F)});
  };
  for (const Candidate& known : popular) take(known.movie);
  for (const MovieKey other : view.by_id) take(other);
  return alike;
}

}  // namespace

std::vector<Candidate> similar_films(const Pinned& pinned, const std::vector<Candidate>& popular,
                                     MovieKey film, std::size_t count) {
  const std::int32_t row = row_of(pinned, film);
  if (row >= 0) {
    std::vector<Candidate> stored = by_stored_neighbors(pinned, film);
    if (stored.size() >= count) {
      stored.resize(count);
      return stored;
    }
  }
  std::vector<Candidate> alike =
      row < 0 ? by_genre(*pinned.view, popular, film) : by_vector(pinned, film, row);
  std::stable_sort(alike.begin(), alike.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (alike.size() > count) alike.resize(count);
  return alike;
}

}  // namespace marquee::serving
