#include "models/popularity.h"

#include <algorithm>
#include <cmath>

namespace marquee::models {

std::vector<Candidate> rank_by_popularity(const MovieCounts& counts,
                                          const PopularityOptions& options) {
  const std::int32_t now = counts.latest_day();
  std::vector<Candidate> ranking;
  for (std::size_t movie = 0; movie < counts.size(); ++movie) {
    const auto key = static_cast<MovieKey>(movie);
    double score = 0;
    for (const DayCount& day : counts.days_of(key)) {
      const double age_days = static_cast<double>(now) - static_cast<double>(day.day);
      const double decay = std::exp2(-age_days / options.half_life_days);
      score += static_cast<double>(day.count) * (options.floor + (1.0 - options.floor) * decay);
    }
    if (score > 0) ranking.push_back({key, static_cast<float>(score)});
  }
  std::sort(ranking.begin(), ranking.end(), ranks_before);
  return ranking;
}

}  // namespace marquee::models
