#pragma once

#include <string>

#include "domain/movie_table.h"
#include "domain/recommendation.h"
#include "serving/generation.h"

namespace marquee::api {

/// The answer to GET /api/recommendations.
std::string list_json(const RecommendationList& list, const serving::Catalog& catalog,
                      const MovieTable& movies);

}  // namespace marquee::api
