#include "serving/live_shares.h"

#include "retrieval/contributions.h"

namespace marquee::serving {

LiveShares::LiveShares(const Generation& generation, const FoldedState& state,
                       const RecommendationService::Options& options, const CascadeList& built)
    : generation_(generation), state_(state), options_(options), built_(built) {}

std::vector<float> LiveShares::of(MovieKey movie) const {
  const auto& positives = built_.history.positives;
  std::vector<float> shares(positives.size(), 0.0F);
  const auto& rows = generation_.row_of_key;
  if (movie >= rows.size() || rows[movie] < 0 || positives.empty()) return shares;
  const auto row = static_cast<std::uint32_t>(rows[movie]);

  std::vector<models::WeightedItem> history;
  history.reserve(positives.size());
  for (const retrieval::LivePositive& positive : positives) history.push_back(positive.item);
  const auto add = [&](std::size_t i, double weight, float share, double scale) {
    shares[i] += static_cast<float>(weight * double{share} / scale);
  };
  const auto factors = retrieval::contributions(*generation_.model, history, row);
  for (std::size_t i = 0; factors.ok() && i < positives.size(); ++i) {
    add(i, options_.live.factors, (*factors)[i], built_.scales.factors);
  }
  for (std::size_t i = 0; i < positives.size(); ++i) {
    add(i, options_.live.neighbors,
        retrieval::neighbor_share(*generation_.item_neighbors, positives[i], i, row,
                                  options_.signals),
        built_.scales.neighbors);
  }
  state_.read_transitions([&](const TransitionCounts& counts) {
    for (std::size_t i = 0; i < positives.size(); ++i) {
      add(i, options_.live.transitions,
          retrieval::transition_share(counts, positives[i], i, movie, options_.signals),
          built_.scales.transitions);
    }
  });
  return shares;
}

}  // namespace marquee::serving
