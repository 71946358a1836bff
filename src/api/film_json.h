#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "domain/movie_table.h"
#include "serving/generation.h"

namespace marquee::api {

/// What the rows of lists say of one catalogue's films, each written the first time it is wanted:
/// to write them each time was a fifth of what a list cost that L1 has. Thread-safe.
class FilmJson {
 public:
  /// A row's JSON around what is the row's own.
  struct Parts {
    std::string head;  ///< `{"movie_id":…,"title":…,"score":`
    std::string tail;  ///< `,"year":…,"genres":[…]`, before the reason and the brace
  };
  static Parts parts_of(const Movie& movie);

  /// `catalog` is not null.
  explicit FilmJson(std::shared_ptr<const serving::Catalog> catalog);

  /// Null for what is no film of the catalogue. Lives as long as this.
  const Parts* of(MovieKey movie) const;
  const std::shared_ptr<const serving::Catalog>& catalog() const { return catalog_; }

 private:
  struct Film {
    std::atomic<bool> is_written = false;
    Parts parts;
  };

  const std::shared_ptr<const serving::Catalog> catalog_;
  mutable std::mutex writing_;
  mutable std::vector<Film> films_;  // by key
};

/// The FilmJson of the catalogue in service. Thread-safe.
class CurrentFilmJson {
 public:
  /// That of `catalog`: the one before, or a new one when it was another catalogue's.
  std::shared_ptr<const FilmJson> of(const std::shared_ptr<const serving::Catalog>& catalog);

 private:
  std::mutex mutex_;
  std::shared_ptr<const FilmJson> current_;
};

}  // namespace marquee::api
