#pragma once

#include <string>
#include <vector>

#include "domain/movie.h"
#include "retrieval/new_films.h"
#include "serving/generation.h"

namespace marquee::serving {

/// What describes a film to models::ContentPrior: its genres, its decade and the longer words of
/// its title, each once.
std::vector<std::string> features_of(const Movie& movie);

/// The films of `catalog` that are not hidden and have no vector in `generation`'s model. Those
/// that were added by hand have the direction of the model's films with the same features; it is
/// empty for one that shares no feature with any, and for the others: nobody knows whom they would
/// suit until somebody likes them (serving/new_film_directions.h). Empty without a generation.
/// Costs a pass over all films when there is any.
std::vector<retrieval::NewFilm> new_films(const Generation* generation, const Catalog& catalog);

}  // namespace marquee::serving
