#pragma once

#include <vector>

#include "retrieval/new_films.h"
#include "serving/film_descriptions.h"

namespace marquee::serving {

/// The films of `catalog` that are not hidden and have no vector in `generation`'s model. Those
/// that were added by hand have the direction of their description; it is empty for one of which
/// that says nothing, and for the others: nobody knows whom they would suit until somebody likes
/// them (serving/new_film_directions.h). `descriptions` are of the same two.
std::vector<retrieval::NewFilm> new_films(const Generation& generation, const Catalog& catalog,
                                          const FilmDescriptions& descriptions);

}  // namespace marquee::serving
