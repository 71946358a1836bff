#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/rng.h"
#include "models/interaction_matrix.h"

namespace marquee::models {

/// A positive event of user u on item i; its event id follows from both.
inline Event like(const std::string& user, const std::string& item, std::uint64_t number) {
  Event event;
  event.event_id = Uuid::v7_from(1'000, number, number);
  event.user_id = UserId(user);
  event.movie_id = MovieId(item);
  event.type = EventType::kLike;
  return event;
}

/// Users of two tastes over two halves of the items, with some noise; every user and item occurs.
inline InteractionMatrix small_world(std::size_t users, std::size_t items, std::uint64_t seed) {
  Rng rng(seed);
  InteractionMatrixBuilder builder;
  std::uint64_t number = 0;
  for (std::size_t u = 0; u < users; ++u) {
    for (std::size_t i = 0; i < items; ++i) {
      const bool own_taste = (u % 2) == (i % 2);
      const bool forced = i == u % items || u == i % users;
      if (forced || rng.uniform() < (own_taste ? 0.5 : 0.05)) {
        builder.add(like(fmt::format("u{:03}", u), fmt::format("m{:03}", i), ++number));
      }
    }
  }
  return builder.build();
}

}  // namespace marquee::models
