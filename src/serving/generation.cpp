#include "serving/generation.h"

#include <utility>

#include "models/fold_in.h"
#include "retrieval/exact_search.h"

namespace marquee::serving {

std::shared_ptr<const Catalog> make_catalog(std::vector<Movie> movies, MovieTable& table) {
  auto catalog = std::make_shared<Catalog>();
  for (Movie& movie : movies) {
    const MovieKey key = table.intern(movie.id);
    if (key >= catalog->movies.size()) catalog->movies.resize(key + std::size_t{1});
    catalog->movies[key] = std::make_shared<const Movie>(std::move(movie));
  }
  for (const auto& movie : catalog->movies) {
    if (movie && !movie->hidden) ++catalog->size;
  }
  return catalog;
}

std::vector<Candidate> Generation::neighbors(MovieKey movie) const {
  std::vector<Candidate> films;
  const auto row = row_of(movie);
  if (!row) return films;
  for (const auto& neighbor : item_neighbors->of(static_cast<std::uint32_t>(*row))) {
    films.push_back({key_of_row[neighbor.row], neighbor.weight});
  }
  return films;
}

std::shared_ptr<const Generation> make_generation(
    std::shared_ptr<const models::FactorModel> model, MovieTable& table,
    std::shared_ptr<const models::ItemNeighbors> neighbors, const SearchMaker& search_by) {
  auto generation = std::make_shared<Generation>();
  std::vector<MovieKey>& key_of_row = generation->key_of_row;
  key_of_row.reserve(model->items().rows());
  for (const std::string& id : model->items().ids) {
    const MovieKey key = table.intern(MovieId(id));
    if (key >= generation->row_of_key.size())
      generation->row_of_key.resize(key + std::size_t{1}, -1);
    generation->row_of_key[key] = static_cast<std::int32_t>(key_of_row.size());
    key_of_row.push_back(key);
  }
  generation->search = std::make_shared<const retrieval::ExactVectorSearch>(model, key_of_row);
  generation->user_gramian = models::user_gramian(*model);
  generation->model = std::move(model);
  if (!neighbors) neighbors = std::make_shared<const models::ItemNeighbors>();
  generation->item_neighbors = std::move(neighbors);
  if (search_by) generation->search = search_by(*generation);
  return generation;
}

}  // namespace marquee::serving
