#include "speed/profile_difference.h"

#include <span>

namespace marquee::speed {
namespace {

bool counts_for(const MovieState& state) { return state.positive > 0; }

void append(const MovieState& state, std::int32_t delta, std::vector<CountDelta>& counts) {
  if (counts_for(state)) counts.push_back({state.movie, state.counted_day, delta});
}

}  // namespace

void append_count_difference(const UserId& user, const UserProfile* before,
                             const UserProfile& after, std::vector<CountDelta>& counts) {
  if (is_reserved(user)) return;
  const std::span<const MovieState> now = after.movies;
  std::span<const MovieState> was;
  if (before != nullptr) was = before->movies;
  std::size_t old = 0;
  std::size_t fresh = 0;
  while (old < was.size() || fresh < now.size()) {  // both are sorted by film
    const bool gone =
        fresh == now.size() || (old < was.size() && was[old].movie < now[fresh].movie);
    const bool is_new = !gone && (old == was.size() || now[fresh].movie < was[old].movie);
    if (gone) {
      append(was[old++], -1, counts);
    } else if (is_new) {
      append(now[fresh++], 1, counts);
    } else {
      const bool same = counts_for(was[old]) == counts_for(now[fresh]) &&
                        was[old].counted_day == now[fresh].counted_day;
      if (!same) append(was[old], -1, counts);
      if (!same) append(now[fresh], 1, counts);
      ++old;
      ++fresh;
    }
  }
}

}  // namespace marquee::speed
