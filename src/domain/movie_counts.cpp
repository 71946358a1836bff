#include "domain/movie_counts.h"

#include <algorithm>

namespace marquee {

void MovieCounts::add(const CountDelta& delta) {
  if (delta.delta == 0) return;  // it would leave a day without a count
  if (delta.movie >= movies_.size()) movies_.resize(delta.movie + 1);
  auto& days = movies_[delta.movie];
  const auto at =
      std::lower_bound(days.begin(), days.end(), delta.day,
                       [](const DayCount& entry, std::int32_t day) { return entry.day < day; });
  if (at == days.end() || at->day != delta.day) {
    days.insert(at, DayCount{delta.day, delta.delta});
    return;
  }
  at->count += delta.delta;
  if (at->count == 0) days.erase(at);
}

std::span<const DayCount> MovieCounts::days_of(MovieKey movie) const {
  if (movie >= movies_.size()) return {};
  return movies_[movie];
}

std::int32_t MovieCounts::latest_day() const {
  std::int32_t latest = 0;
  for (const auto& days : movies_) {
    if (!days.empty()) latest = std::max(latest, days.back().day);
  }
  return latest;
}

}  // namespace marquee
