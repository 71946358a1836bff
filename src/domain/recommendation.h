#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.h"
#include "domain/movie_table.h"
#include "domain/offset.h"

namespace marquee {

/// A film that might be recommended, with a score that compares only within its own source.
struct Candidate {
  MovieKey movie = 0;
  float score = 0;

  bool operator==(const Candidate&) const = default;
};

/// The order of candidates: larger score first, then smaller key. An object, so that algorithms
/// inline it, named as the function that it is.
inline constexpr auto ranks_before = [](const Candidate& a, const Candidate& b) {  // NOLINT
  return a.score != b.score ? a.score > b.score : a.movie < b.movie;
};

/// A film and a score by id: what is stored and leaves the process.
struct ScoredMovie {
  MovieId movie_id;
  float score = 0;

  bool operator==(const ScoredMovie&) const = default;
};

/// Which tier answered.
enum class Source { kRedisCache, kMemoryCache, kHybrid, kRealtime, kBatch, kPopular };
std::string_view to_string(Source source);

/// One row of an answered list.
struct Recommendation {
  MovieKey movie = 0;
  float score = 0;        ///< in [0, 1], before re-ranking
  std::int32_t rank = 0;  ///< 1-based; decides the order
  std::string reason;     ///< why, in words; empty when not asked for
};

/// One answered list.
struct RecommendationList {
  UserId user_id;
  std::vector<Recommendation> items;
  Source source = Source::kPopular;
  std::int64_t generated_at_ms = 0;
  ListId list_id;
  std::optional<ModelVersion> model_version;
  std::optional<Offset> offset;  ///< the last event of this viewer that the list includes
  bool stale = false;            ///< min_offset was not reached in time
  std::optional<std::string> next_cursor;
};

}  // namespace marquee
