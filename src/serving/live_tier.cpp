#include "serving/live_tier.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/hash.h"
#include "ranking/signals.h"

namespace marquee::serving {
namespace {

/// Grows with every change of the arithmetic that changes scores.
constexpr int kArithmetic = 1;

/// The `count` films of largest score, in no particular order.
std::vector<Candidate> best_of(std::span<const MovieKey> movies, std::span<const float> scores,
                               std::size_t count) {
  std::vector<Candidate> best;
  best.reserve(movies.size());
  for (std::size_t i = 0; i < movies.size(); ++i) best.push_back({movies[i], scores[i]});
  if (best.size() <= count) return best;
  const auto end = best.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(best.begin(), end, best.end(), ranks_before);
  best.resize(count);
  return best;
}

}  // namespace

void erase_met(const UserProfile& profile, retrieval::KeySet& allowed) {
  for (const MovieState& film : profile.movies) {
    if (film.seen > 0 || film.hidden > 0) allowed.erase(film.movie);
  }
}

Result<LiveTier> live_tier(const Generation& generation, const FoldedState& state,
                           const retrieval::LiveHistory& history, std::size_t count,
                           const retrieval::KeySet& allowed, const LiveTierOptions& options) {
  MARQUEE_TRY(auto found, retrieval::live_candidates(generation.live_sources(state), history, count,
                                                     allowed, options.signals));
  LiveTier tier;
  tier.scales = {ranking::signal_scale(found.factors), ranking::signal_scale(found.neighbors),
                 ranking::signal_scale(found.transitions)};
  const std::array<ranking::Signal, 3> signals{{{found.factors, options.live.factors},
                                                {found.neighbors, options.live.neighbors},
                                                {found.transitions, options.live.transitions}}};
  tier.items = best_of(found.movies, ranking::weighted_sum(signals), count);
  tier.viewer = std::move(found.viewer);
  return tier;
}

std::string live_recipe(const LiveTierOptions& options) {
  const auto& [decay, floor, rating, like, view, watchlist_add, click, search_click] =
      options.history;
  std::string text =
      fmt::format("{} {} {} {} {} {} {}", kArithmetic, options.candidates, options.live.factors,
                  options.live.neighbors, options.live.transitions, decay, floor);
  for (const auto& [weight, half_life] : {rating, like, view, watchlist_add, click, search_click}) {
    text += fmt::format(" {} {}", weight, half_life);
  }
  const auto& [neighbor_decay, neighbor_floor, negative, films, transition_decay, shrink,
               transition_half_life] = options.signals;
  text += fmt::format(" {} {} {} {} {} {} {}", neighbor_decay, neighbor_floor, negative, films,
                      transition_decay, shrink, transition_half_life);
  return fmt::format("{:016x}", stable_hash(text));
}

}  // namespace marquee::serving
