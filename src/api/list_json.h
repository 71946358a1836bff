#pragma once

#include <string>

#include "api/film_json.h"
#include "domain/movie_table.h"
#include "domain/recommendation.h"

namespace marquee::api {

/// The answer to GET /api/recommendations.
std::string list_json(const RecommendationList& list, const FilmJson& films,
                      const MovieTable& movies);

}  // namespace marquee::api
