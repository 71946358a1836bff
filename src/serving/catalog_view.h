#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ranking/film_filter.h"
#include "retrieval/key_set.h"
#include "retrieval/new_films.h"
#include "serving/film_descriptions.h"
#include "serving/generation.h"

namespace marquee::serving {

/// A catalogue snapshot with what requests need of it, computed once. Immutable.
struct CatalogView {
  CatalogView() = default;
  /// `catalog` must not be null.
  explicit CatalogView(std::shared_ptr<const Catalog> catalog);

  std::shared_ptr<const Catalog> catalog = std::make_shared<Catalog>();
  retrieval::KeySet servable;           ///< films that are not hidden
  std::vector<MovieKey> by_id;          ///< the same, in order of movie id
  std::vector<std::uint32_t> page_tag;  ///< page_tag_of() each film, by key
  ranking::FilmIndex films;
};

/// What one request works with from its first line to its last.
struct Pinned {
  std::shared_ptr<const Generation> generation;  ///< null when no model is in service
  std::shared_ptr<const CatalogView> view;       ///< never null
  /// Films of `view` that `generation` does not know yet; never null.
  std::shared_ptr<const std::vector<retrieval::NewFilm>> new_films =
      std::make_shared<const std::vector<retrieval::NewFilm>>();
  std::shared_ptr<const FilmDescriptions> descriptions = nullptr;  ///< null without a generation
};

}  // namespace marquee::serving
