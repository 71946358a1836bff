#include "retrieval/live_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

namespace marquee::retrieval {
namespace {

const HistoryWeights::Kind* kind_of(EventType type, const HistoryWeights& weights) {
  switch (type) {
    case EventType::kRating:
      return &weights.rating;
    case EventType::kLike:
      return &weights.like;
    case EventType::kView:
      return &weights.view;
    case EventType::kWatchlistAdd:
      return &weights.watchlist_add;
    case EventType::kClick:
      return &weights.click;
    case EventType::kSearchClick:
      return &weights.search_click;
    default:
      return nullptr;
  }
}

double weight_of(const Interaction& event, std::int64_t newest_ms, const HistoryWeights& weights) {
  constexpr double kDayMs = 24.0 * 3'600 * 1'000;
  const HistoryWeights::Kind* kind = kind_of(event.type, weights);
  if (kind == nullptr) return 0;
  const double days = static_cast<double>(newest_ms - event.ts_ms) / kDayMs;
  return days > 0 ? kind->weight * std::exp2(-days / kind->half_life_days) : kind->weight;
}

std::int64_t newest_of(const UserProfile& profile) {
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();
  for (const Interaction& event : profile.recent) newest = std::max(newest, event.ts_ms);
  return newest;
}

std::optional<double> as_double(std::optional<float> value) {
  if (!value) return std::nullopt;
  return double{*value};
}

}  // namespace

LiveHistory live_history(const UserProfile& profile, std::span<const std::int32_t> row_of_key,
                         const HistoryWeights& weights) {
  constexpr std::size_t kDisliked = ~std::size_t{0};
  LiveHistory history;
  std::unordered_map<MovieKey, std::size_t> verdicts;  // index into positives, or kDisliked
  verdicts.reserve(profile.recent.size());
  double recency = 1.0;
  const std::int64_t newest_ms = newest_of(profile);
  for (auto at = profile.recent.rbegin(); at != profile.recent.rend(); ++at) {
    const bool is_known = at->movie < row_of_key.size() && row_of_key[at->movie] >= 0;
    if (!is_known) continue;
    const auto row = static_cast<std::uint32_t>(row_of_key[at->movie]);
    const std::optional<double> value = as_double(at->value);
    if (is_negative(at->type, value)) {
      const auto age = static_cast<std::uint32_t>(history.positives.size());
      const bool is_verdict = verdicts.try_emplace(at->movie, kDisliked).second;
      if (is_verdict) history.negatives.push_back({at->movie, row, age});
      continue;
    }
    if (!is_positive(at->type, value)) continue;
    const auto [verdict, is_new] = verdicts.try_emplace(at->movie, history.positives.size());
    if (verdict->second == kDisliked) continue;
    const double kind = weight_of(*at, newest_ms, weights);
    const auto weight = static_cast<float>(std::max(weights.floor, recency) * kind);
    if (is_new) {
      history.positives.push_back({at->movie, at->type, {row, weight}, static_cast<float>(kind)});
      recency *= weights.decay;
      continue;
    }
    LivePositive& known = history.positives[verdict->second];
    if (weight <= known.item.weight) continue;
    known.type = at->type;
    known.item.weight = weight;
    known.kind = static_cast<float>(kind);
  }
  return history;
}

std::vector<models::WeightedItem> weighted_items(std::span<const LivePositive> positives) {
  std::vector<models::WeightedItem> items;
  items.reserve(positives.size());
  for (const LivePositive& positive : positives) items.push_back(positive.item);
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
  return items;
}

}  // namespace marquee::retrieval
