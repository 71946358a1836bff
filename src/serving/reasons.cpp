#include "serving/reasons.h"

#include "ranking/reason.h"
#include "retrieval/contributions.h"

namespace marquee::serving {
namespace {

bool is_new(const Generation& generation, MovieKey movie) {
  return movie >= generation.row_of_key.size() || generation.row_of_key[movie] < 0;
}

/// The positive that adds most to the score of `movie`; null when none adds anything.
const retrieval::LivePositive* strongest(const Generation& generation, const CascadeList& built,
                                         std::span<const models::WeightedItem> history,
                                         MovieKey movie) {
  const auto& rows = generation.row_of_key;
  if (history.empty() || is_new(generation, movie)) return nullptr;
  const auto shares =
      retrieval::contributions(*generation.model, history, static_cast<std::uint32_t>(rows[movie]));
  if (!shares.ok()) return nullptr;
  const retrieval::LivePositive* best = nullptr;
  float best_share = 0;
  for (std::size_t i = 0; i < shares->size(); ++i) {
    if ((*shares)[i] <= best_share) continue;
    best_share = (*shares)[i];
    best = &built.positives[i];
  }
  return best;
}

}  // namespace

void add_reasons(const Pinned& pinned, const CascadeList& built, RecommendationList& list) {
  std::vector<models::WeightedItem> history;
  for (const retrieval::LivePositive& positive : built.positives) history.push_back(positive.item);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    Recommendation& item = list.items[i];
    if (i >= built.personal) {
      item.reason = ranking::reason_from_source(Source::kPopular);
      continue;
    }
    if (is_new(*pinned.generation, item.movie)) {
      item.reason = ranking::reason_of_new_film();
      continue;
    }
    const auto* positive = strongest(*pinned.generation, built, history, item.movie);
    const Movie* film = positive ? pinned.view->catalog->find(positive->movie) : nullptr;
    item.reason = film ? ranking::reason_from_event(positive->type, film->title)
                       : ranking::reason_from_source(Source::kBatch);
  }
}

}  // namespace marquee::serving
