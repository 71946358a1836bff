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

/// The films of `catalog` that were added by hand, are not hidden and have no vector in
/// `generation`'s model, with the direction that films of the model with the same features have.
/// One that shares no feature with any is left out: nobody knows whom it would suit. Empty without
/// a generation. Costs a pass over all films when there is any.
std::vector<retrieval::NewFilm> new_films(const Generation* generation, const Catalog& catalog);

}  // namespace marquee::serving
