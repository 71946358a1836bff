#include "serving/new_films.h"

namespace marquee::serving {

std::vector<retrieval::NewFilm> new_films(const Generation& generation, const Catalog& catalog,
                                          const FilmDescriptions& descriptions) {
  std::vector<retrieval::NewFilm> films;
  for (MovieKey key = 0; key < catalog.movies.size(); ++key) {
    const Movie* movie = catalog.find(key);
    const bool is_shown = movie != nullptr && !movie->hidden;
    if (!is_shown || generation.row_of(key)) continue;
    films.push_back({key, movie->added_at_ms, {}, false});
    if (movie->added_at_ms != 0) films.back().direction = descriptions.direction_of(key);
  }
  return films;
}

}  // namespace marquee::serving
