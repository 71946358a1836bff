#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "domain/movie.h"
#include "domain/movie_table.h"
#include "models/factor_model.h"
#include "models/item_neighbors.h"
#include "ports/vector_search.h"
#include "retrieval/live_candidates.h"

namespace marquee::serving {

/// The catalogue as one immutable snapshot, by MovieKey. `movies[key]` is empty for keys that are
/// no catalogue film.
struct Catalog {
  std::vector<std::shared_ptr<const Movie>> movies;
  std::size_t size = 0;  ///< films that are not hidden
  /// Hidden films too; null for what is no film.
  const Movie* find(MovieKey key) const {
    return key < movies.size() ? movies[key].get() : nullptr;
  }
};

/// A model in service with everything a request needs of it; immutable. A request pins one from its
/// first line to its last.
struct Generation {
  std::shared_ptr<const models::FactorModel> model;
  std::shared_ptr<const VectorSearch> search;
  std::vector<std::int32_t>
      row_of_key;  ///< item row by MovieKey, -1 for none; may be shorter than the table
  std::vector<MovieKey> key_of_row;                             ///< film of every item row
  std::shared_ptr<const models::ItemNeighbors> item_neighbors;  ///< never null; may be empty
  std::vector<float> user_gramian;  ///< XᵀX of the model's viewers, k × k

  /// The item row of `movie`; none when the model does not know it.
  std::optional<std::size_t> row_of(MovieKey movie) const {
    if (movie >= row_of_key.size() || row_of_key[movie] < 0) return std::nullopt;
    return static_cast<std::size_t>(row_of_key[movie]);
  }
  /// Films like `movie`, the most alike first, weights in (0, 1]; what is hidden or no longer in
  /// the catalogue is among them. Empty for a film that the model does not know.
  std::vector<Candidate> neighbors(MovieKey movie) const;
  /// This generation's part of what the live tier draws on, with `state`. Borrows both.
  retrieval::LiveSources live_sources(const FoldedState& state) const {
    return {*model, *search, *item_neighbors, row_of_key, key_of_row, state};
  }
};

/// A snapshot of `movies`, whose ids are interned in `table`.
std::shared_ptr<const Catalog> make_catalog(std::vector<Movie> movies, MovieTable& table);

/// Makes another search of a generation that is whole, with exact search.
using SearchMaker = std::function<std::shared_ptr<const VectorSearch>(const Generation&)>;

/// `model` made ready to serve, with exact search unless `search_by` makes another; its items are
/// interned in `table`. `neighbors` are those of `model`; null when it has none.
std::shared_ptr<const Generation> make_generation(
    std::shared_ptr<const models::FactorModel> model, MovieTable& table,
    std::shared_ptr<const models::ItemNeighbors> neighbors = nullptr,
    const SearchMaker& search_by = {});

}  // namespace marquee::serving
