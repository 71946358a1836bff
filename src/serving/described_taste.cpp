#include "serving/described_taste.h"

#include <algorithm>

#include "domain/liked_films.h"

namespace marquee::serving {

std::vector<float> described_taste(const UserProfile& profile, const Pinned& pinned,
                                   const retrieval::NewFilms& directions,
                                   const retrieval::HistoryWeights& weights) {
  std::vector<float> taste;
  const std::vector<LikedFilm> liked = liked_films(profile);
  double recency = 1.0;
  for (auto film = liked.rbegin(); film != liked.rend(); ++film, recency *= weights.decay) {
    const auto by_viewers = directions.direction_of(film->movie);
    const std::vector<float> direction =
        by_viewers.empty() ? pinned.descriptions->direction_of(film->movie)
                           : std::vector<float>(by_viewers.begin(), by_viewers.end());
    if (direction.empty()) continue;
    const auto weight = static_cast<float>(std::max(weights.floor, recency));
    taste.resize(direction.size(), 0.0F);
    for (std::size_t d = 0; d < taste.size(); ++d) taste[d] += weight * direction[d];
  }
  return taste;
}

}  // namespace marquee::serving
