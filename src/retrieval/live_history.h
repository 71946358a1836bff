#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/user_profile.h"
#include "models/fold_in.h"

namespace marquee::retrieval {

/// What a viewer's events are worth in the fold-in, and each kind in every signal.
struct HistoryWeights {
  /// One kind of event: what it is worth, halved every half-life before the viewer's newest event
  /// (event time, so that a viewer who comes back after a year is met as they left).
  struct Kind {
    double weight = 1.0;
    double half_life_days = 36'500;
  };
  double decay = 0.97;  ///< a positive weighs decay^age, age = how many films were liked since
  double floor = 0.2;   ///< and never less than this
  Kind rating;          ///< of 4 stars and more
  Kind like;
  Kind view;  ///< of half the film and more
  Kind watchlist_add{0.5};
  Kind click{0.3};
  Kind search_click{0.3};
};

/// A film that speaks for the viewer's taste.
struct LivePositive {
  MovieKey movie = 0;
  EventType type = EventType::kClick;  ///< of the weightiest event
  models::WeightedItem item;           ///< its row, and its weight in the fold-in
  float kind = 1.0F;  ///< what an event of `type` and its time is worth, however many came since
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
  /// Where the viewer's taste points as far as others can tell, when `positives` is empty: of
  /// length k, or empty. Not set by live_history().
  std::vector<float> direction;
};

/// `row_of_key[key]` is the item row of a film, -1 or beyond the end for none.
LiveHistory live_history(const UserProfile& profile, std::span<const std::int32_t> row_of_key,
                         const HistoryWeights& weights);

/// The rows of `positives` in ascending order, as fold_in() wants them.
std::vector<models::WeightedItem> weighted_items(std::span<const LivePositive> positives);

}  // namespace marquee::retrieval
