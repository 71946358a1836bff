#pragma once

#include <vector>

#include "domain/movie_counts.h"
#include "domain/user_profile.h"

namespace marquee::speed {

/// Appends how the counts change when `before` (null for a new viewer) becomes `after`: what
/// apply_event() counted in between follows from the two profiles alone. Reserved viewers count for
/// nothing.
void append_count_difference(const UserId& user, const UserProfile* before,
                             const UserProfile& after, std::vector<CountDelta>& counts);

}  // namespace marquee::speed
