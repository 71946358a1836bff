#include "retrieval/live_candidates.h"

#include <algorithm>
#include <unordered_map>

namespace marquee::retrieval {
namespace {

double weight_of(EventType type, const HistoryWeights& weights) {
  switch (type) {
    case EventType::kRating:
      return weights.rating;
    case EventType::kLike:
      return weights.like;
    case EventType::kView:
      return weights.view;
    case EventType::kWatchlistAdd:
      return weights.watchlist_add;
    case EventType::kClick:
      return weights.click;
    case EventType::kSearchClick:
      return weights.search_click;
    default:
      return 0;
  }
}

std::optional<double> as_double(std::optional<float> value) {
  if (!value) return std::nullopt;
  return double{*value};
}

}  // namespace

std::vector<LivePositive> live_positives(const UserProfile& profile,
                                         std::span<const std::int32_t> row_of_key,
                                         const HistoryWeights& weights) {
  constexpr std::size_t kDisliked = ~std::size_t{0};
  std::vector<LivePositive> positives;
  std::unordered_map<MovieKey, std::size_t> verdicts;  // index into positives, or kDisliked
  verdicts.reserve(profile.recent.size());
  double recency = 1.0;
  for (auto at = profile.recent.rbegin(); at != profile.recent.rend(); ++at) {
    const std::optional<double> value = as_double(at->value);
    if (is_negative(at->type, value)) {
      verdicts.try_emplace(at->movie, kDisliked);
      continue;
    }
    if (!is_positive(at->type, value)) continue;
    if (at->movie >= row_of_key.size() || row_of_key[at->movie] < 0) continue;
    const auto [verdict, is_new] = verdicts.try_emplace(at->movie, positives.size());
    if (verdict->second == kDisliked) continue;
    const double age_weight = std::max(weights.floor, recency);
    const auto weight = static_cast<float>(age_weight * weight_of(at->type, weights));
    if (is_new) {
      const auto row = static_cast<std::uint32_t>(row_of_key[at->movie]);
      positives.push_back({at->movie, at->type, {row, weight}});
      recency *= weights.decay;
    } else if (weight > positives[verdict->second].item.weight) {
      positives[verdict->second].item.weight = weight;
      positives[verdict->second].type = at->type;
    }
  }
  return positives;
}

std::vector<models::WeightedItem> weighted_items(std::span<const LivePositive> positives) {
  std::vector<models::WeightedItem> items;
  items.reserve(positives.size());
  for (const LivePositive& positive : positives) items.push_back(positive.item);
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
  return items;
}

Result<std::vector<Candidate>> live_candidates(const models::FactorModel& model,
                                               const VectorSearch& search,
                                               std::span<const LivePositive> positives,
                                               std::size_t count, const KeySet& allowed) {
  if (positives.empty()) return std::vector<Candidate>();
  MARQUEE_TRY(const std::vector<float> vector, models::fold_in(model, weighted_items(positives)));
  return search.search(vector, count, [&](MovieKey key) { return allowed.contains(key); });
}

}  // namespace marquee::retrieval
