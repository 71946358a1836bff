#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/recommendation.h"
#include "models/factor_model.h"
#include "retrieval/key_set.h"
#include "retrieval/live_history.h"

namespace marquee::retrieval {

/// A film that the model in service does not know, with the direction that its first viewers give
/// it (models::fold_in_item()) or, before there are enough, its description
/// (models/content_prior.h).
struct NewFilm {
  MovieKey movie = 0;
  std::int64_t added_at_ms = 0;
  std::vector<float> direction;  ///< of length 1; empty while nothing tells
  bool has_viewers = false;      ///< the direction is theirs, which is good until a model knows it
};

struct NewFilmOptions {
  float cosine_min = 0.1F;  ///< below, the film is no match for the viewer
  std::int64_t age_max_ms = 30LL * 24 * 3'600 * 1'000;  ///< for which a description alone counts
};

/// The at most `count` films of `films` that suit the viewer whom `positives` speak for: those
/// whose direction has the largest cosine with the viewer's vector, best first, ties by smaller
/// key. The score is the cosine. Empty when there is no positive. Errors: those of models::fold_in.
Result<std::vector<Candidate>> new_candidates(const models::FactorModel& model,
                                              std::span<const NewFilm> films,
                                              std::span<const LivePositive> positives,
                                              std::size_t count, const KeySet& allowed,
                                              std::int64_t now_ms, const NewFilmOptions& options);

}  // namespace marquee::retrieval
