#include "domain/user_profile.h"

#include <algorithm>

namespace marquee {
namespace {

bool before(const MovieState& state, MovieKey movie) { return state.movie < movie; }

}  // namespace

const MovieState* UserProfile::find(MovieKey movie) const {
  const auto at = std::lower_bound(movies.begin(), movies.end(), movie, before);
  return at != movies.end() && at->movie == movie ? &*at : nullptr;
}

MovieState& UserProfile::state_of(MovieKey movie) {
  const auto at = std::lower_bound(movies.begin(), movies.end(), movie, before);
  if (at != movies.end() && at->movie == movie) return *at;
  return *movies.insert(at, MovieState{.movie = movie});
}

}  // namespace marquee
