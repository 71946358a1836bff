#pragma once

#include <cstdint>
#include <vector>

#include "domain/user_profile.h"

namespace marquee {

/// One film that a viewer likes, and when the liking began.
struct LikedFilm {
  MovieKey movie = 0;
  std::int32_t day = 0;  ///< UTC day of the event's own time, days since the Unix epoch

  bool operator==(const LikedFilm&) const = default;
};

/// The films that `profile.recent` speaks for, each once, in the order in which they were first
/// liked; a film that a later event speaks against is left out. At most UserProfile::kRecentMax.
std::vector<LikedFilm> liked_films(const UserProfile& profile);

}  // namespace marquee
