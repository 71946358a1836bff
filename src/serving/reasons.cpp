#include "serving/reasons.h"

#include <algorithm>

#include "ranking/reason.h"

namespace marquee::serving {
namespace {

/// The positive that adds most to the score of `movie`; null when none adds anything.
const retrieval::LivePositive* strongest(const CascadeList& built, const LiveShares* shares,
                                         MovieKey movie) {
  if (shares == nullptr) return nullptr;
  const std::vector<float> of_film = shares->of(movie);
  const auto best = std::max_element(of_film.begin(), of_film.end());
  if (best == of_film.end() || *best <= 0) return nullptr;
  return &built.history.positives[static_cast<std::size_t>(best - of_film.begin())];
}

}  // namespace

void add_reasons(const Pinned& pinned, const CascadeList& built, const LiveShares* shares,
                 RecommendationList& list) {
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    Recommendation& item = list.items[i];
    if (i >= built.personal) {
      item.reason = ranking::reason_from_source(Source::kPopular);
      continue;
    }
    if (!pinned.generation->row_of(item.movie)) {
      item.reason = ranking::reason_of_new_film();
      continue;
    }
    if (!built.history.direction.empty()) {
      item.reason = ranking::reason_of_described_taste();
      continue;
    }
    const auto* positive = strongest(built, shares, item.movie);
    const Movie* film = positive ? pinned.view->catalog->find(positive->movie) : nullptr;
    item.reason = film ? ranking::reason_from_event(positive->type, film->title)
                       : ranking::reason_from_source(Source::kBatch);
  }
}

}  // namespace marquee::serving
