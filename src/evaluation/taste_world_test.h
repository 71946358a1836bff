#pragma once

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/rng.h"
#include "models/interaction_matrix.h"

namespace marquee::evaluation {

/// Users of `tastes` kinds: each mostly likes the films of its own kind, popular ones more. A world
/// in which a model must beat popularity.
inline models::InteractionMatrix taste_world(std::size_t users, std::size_t items,
                                             std::size_t tastes, std::uint64_t seed) {
  Rng rng(seed);
  models::InteractionMatrixBuilder builder;
  std::uint64_t number = 0;
  for (std::size_t u = 0; u < users; ++u) {
    for (std::size_t i = 0; i < items; ++i) {
      const double appeal = 1.0 / (1.0 + 0.02 * static_cast<double>(i));
      const double chance = (u % tastes == i % tastes ? 0.6 : 0.05) * appeal;
      if (rng.uniform() >= chance) continue;
      ++number;
      Event event;
      event.event_id = Uuid::v7_from(1, number, number);
      event.user_id = UserId(fmt::format("u{:04}", u));
      event.movie_id = MovieId(fmt::format("m{:04}", i));
      event.type = EventType::kLike;
      builder.add(event);
    }
  }
  return builder.build();
}

}  // namespace marquee::evaluation
