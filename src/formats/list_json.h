#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/recommendation.h"

namespace marquee::formats {

// The JSON columns of the state store (batch_recs.recs, recommendation_logs.items, movies.genres),
// the same text in SQLite and in PostgreSQL. Readers answer kDataLoss for anything else.

/// [{"movie_id":"m1","score":0.9},…], best first. A score that is no number is written as null and
/// read as 0.
std::string encode_scored_movies(std::span<const ScoredMovie> movies);
Result<std::vector<ScoredMovie>> decode_scored_movies(std::string_view json);

/// ["Drama","War"]
std::string encode_strings(std::span<const std::string> texts);
Result<std::vector<std::string>> decode_strings(std::string_view json);

}  // namespace marquee::formats
