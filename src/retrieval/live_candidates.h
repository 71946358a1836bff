#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/user_profile.h"
#include "models/fold_in.h"
#include "ports/vector_search.h"
#include "retrieval/key_set.h"

namespace marquee::retrieval {

/// What a viewer's events are worth in the fold-in.
struct HistoryWeights {
  double decay = 0.97;  ///< a positive weighs decay^age, age = how many films were liked since
  double floor = 0.2;   ///< and never less than this
  double rating = 1.0;  ///< of 4 stars and more
  double like = 1.0;
  double view = 1.0;  ///< of half the film and more
  double watchlist_add = 0.5;
  double click = 0.3;
  double search_click = 0.3;
};

/// The films that speak for the viewer, newest verdict first. A film counts once: with the largest
/// weight of its positives, unless a negative event (low rating, dislike, not interested) is newer
/// than all of them. Films of no item row are left out.
struct LivePositive {
  MovieKey movie = 0;
  EventType type = EventType::kClick;  ///< of the weightiest event
  models::WeightedItem item;
};

/// `row_of_key[key]` is the item row of a film, -1 or beyond the end for none.
std::vector<LivePositive> live_positives(const UserProfile& profile,
                                         std::span<const std::int32_t> row_of_key,
                                         const HistoryWeights& weights);

/// The rows of `positives` in ascending order, as fold_in() wants them.
std::vector<models::WeightedItem> weighted_items(std::span<const LivePositive> positives);

/// L2: folds `positives` into `model` and searches the best `count` films of `allowed`, best first,
/// scores comparable within the answer only. Empty when there is no positive.
Result<std::vector<Candidate>> live_candidates(const models::FactorModel& model,
                                               const VectorSearch& search,
                                               std::span<const LivePositive> positives,
                                               std::size_t count, const KeySet& allowed);

}  // namespace marquee::retrieval
