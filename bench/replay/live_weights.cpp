#include "bench/replay/live_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "ranking/signals.h"
#include "retrieval/live_candidates.h"

namespace marquee::bench {
namespace {

constexpr std::size_t kSignals = 3;
using Weights = std::array<double, kSignals>;

/// One event of the tune window, just before it happened: every unseen film's scaled signals.
struct Moment {
  std::vector<std::array<float, kSignals>> films;
  std::size_t target = 0;  ///< index into films
};

std::vector<float> scaled(const std::vector<float>& scores) {
  std::vector<float> out = scores;
  const double scale = ranking::signal_scale(scores);
  for (float& score : out) score = static_cast<float>(double{score} / scale);
  return out;
}

std::vector<Moment> moments_of(World& world) {
  const Replay& replay = world.replay();
  const serving::RecommendationService::Options options;
  DelayedState state(world.clock(), world.movies());
  for (std::size_t i = 0; i < replay.tune_begin; ++i) state.fold_both(replay.events[i]);
  std::vector<Moment> moments;
  for (std::size_t i = replay.tune_begin; i < replay.test_begin; ++i) {
    const Event& event = replay.events[i];
    const auto profile = state.find(event.user_id);
    const auto key = world.movies().find(event.movie_id.value());
    if (profile && key && is_positive(event)) {
      retrieval::KeySet allowed = world.view()->servable;
      for (const MovieState& film : profile->movies) {
        if (film.seen > 0) allowed.erase(film.movie);
      }
      const auto history =
          retrieval::live_history(*profile, world.generation().row_of_key, options.history);
      const auto found = retrieval::live_candidates(world.generation().live_sources(state), history,
                                                    replay.movies.size(), allowed, options.signals);
      const std::size_t films = found.ok() ? found->movies.size() : 0;
      const auto target = std::find(found->movies.begin(), found->movies.end(), *key);
      if (films > 0 && target != found->movies.end()) {
        const auto factors = scaled(found->factors);
        const auto neighbors = scaled(found->neighbors);
        const auto transitions = scaled(found->transitions);
        Moment moment;
        moment.target = static_cast<std::size_t>(target - found->movies.begin());
        for (std::size_t f = 0; f < films; ++f) {
          moment.films.push_back({factors[f], neighbors[f], transitions[f]});
        }
        moments.push_back(std::move(moment));
      }
    }
    state.fold_both(event);
  }
  return moments;
}

double score_of(const std::array<float, kSignals>& film, const Weights& weights) {
  double sum = 0;
  for (std::size_t s = 0; s < kSignals; ++s) sum += weights[s] * double{film[s]};
  return sum;
}

/// A film of the same score counts as before the right one: no weight may win by saying nothing.
double ndcg_of(const std::vector<Moment>& moments, const Weights& weights) {
  Quality quality;
  for (const Moment& moment : moments) {
    const double target = score_of(moment.films[moment.target], weights);
    std::size_t rank = 0;
    for (const auto& film : moment.films) rank += score_of(film, weights) >= target ? 1U : 0U;
    quality.add(rank);
  }
  return quality.mean().ndcg_at_10;
}

}  // namespace

void print_best_weights(World& world) {
  constexpr std::array<double, 7> kTried{0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0};
  const std::vector<Moment> moments = moments_of(world);
  const serving::LiveWeights shipped;
  Weights best{shipped.factors, shipped.neighbors, shipped.transitions};
  const double at_start = ndcg_of(moments, best);
  double best_ndcg = at_start;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t signal = 0; signal < kSignals; ++signal) {
      for (const double tried : kTried) {
        Weights weights = best;
        weights[signal] = tried;
        const double ndcg = ndcg_of(moments, weights);
        if (ndcg <= best_ndcg) continue;
        best_ndcg = ndcg;
        best = weights;
      }
    }
  }
  fmt::print(
      "\ntune window, {} events of viewers with a history: as shipped ({}, {}, {}) {:.4f}; "
      "best (factors {}, neighbours {}, transitions {}) {:.4f}\n",
      moments.size(), shipped.factors, shipped.neighbors, shipped.transitions, at_start, best[0],
      best[1], best[2], best_ndcg);
}

}  // namespace marquee::bench
