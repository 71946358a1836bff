#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/user_profile.h"
#include "models/fold_in.h"

namespace marquee::retrieval {

/// What a viewer's events are worth in the fold-in, and each kind in every signal.
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

/// A film that speaks for the viewer's taste.
struct LivePositive {
  MovieKey movie = 0;
  EventType type = EventType::kClick;  ///< of the weightiest event
  models::WeightedItem item;           ///< its row, and its weight in the fold-in
  float kind = 1.0F;                   ///< what an event of `type` is worth, whatever its age
};

/// A film that the viewer turned against: a low rating, a dislike, not interested.
struct LiveNegative {
  MovieKey movie = 0;
  std::uint32_t row = 0;
  std::uint32_t age = 0;  ///< how many films of the model were liked since
};

/// What a viewer's recent events say, newest verdict first. A film counts once: for the viewer with
/// the largest weight of its positives, against them when a negative event is the newest. Films of
/// no item row are left out.
struct LiveHistory {
  std::vector<LivePositive> positives;
  std::vector<LiveNegative> negatives;
};

/// `row_of_key[key]` is the item row of a film, -1 or beyond the end for none.
LiveHistory live_history(const UserProfile& profile, std::span<const std::int32_t> row_of_key,
                         const HistoryWeights& weights);

/// The rows of `positives` in ascending order, as fold_in() wants them.
std::vector<models::WeightedItem> weighted_items(std::span<const LivePositive> positives);

}  // namespace marquee::retrieval
