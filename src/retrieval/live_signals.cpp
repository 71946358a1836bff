#include "retrieval/live_signals.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace marquee::retrieval {
namespace {

double recency_of(const SignalOptions& options, std::size_t age) {
  return std::max(options.neighbor_floor,
                  std::pow(options.neighbor_decay, static_cast<double>(age)));
}

void add_neighbors(const models::ItemNeighbors& neighbors, std::uint32_t row, double weight,
                   std::vector<float>& scores) {
  for (const auto& neighbor : neighbors.of(row)) {
    scores[neighbor.row] += static_cast<float>(weight * double{neighbor.weight});
  }
}

/// 2^(−age / half-life) by age in periods, so that a link costs no power.
class Fading {
 public:
  Fading(const TransitionCounts& counts, const SignalOptions& options)
      : latest_(counts.latest_period()) {
    const double one = std::exp2(-static_cast<double>(TransitionCounts::kPeriodDays) /
                                 options.transition_half_life_days);
    double factor = 1.0;
    for (double& of_age : by_age_) {
      of_age = factor;
      factor *= one;
    }
  }
  double operator()(const Transition& transition) const {
    const auto age = static_cast<std::size_t>(std::max(0, latest_ - transition.period));
    return by_age_[std::min(age, by_age_.size() - 1)] * static_cast<double>(transition.weight);
  }

 private:
  std::int32_t latest_;
  std::array<double, 256> by_age_{};  // 45 years
};

/// What a weight of 1 is worth among the transitions from one film.
double unit_of(std::span<const Transition> transitions, const Fading& fading,
               const LivePositive& positive, std::size_t age, const SignalOptions& options) {
  double sum = options.transition_shrink;
  for (const Transition& transition : transitions) sum += fading(transition);
  const double recency = std::pow(options.transition_decay, static_cast<double>(age));
  return double{positive.kind} * recency / sum;
}

}  // namespace

std::vector<float> neighbor_signal(const models::ItemNeighbors& neighbors,
                                   const LiveHistory& history, std::size_t rows,
                                   const SignalOptions& options) {
  constexpr std::size_t kAhead = 2;  // the neighbours of a film lie anywhere
  std::vector<float> scores(rows, 0.0F);
  for (std::size_t age = 0; age < history.positives.size(); ++age) {
    if (age + kAhead < history.positives.size()) {
      neighbors.prefetch(history.positives[age + kAhead].item.row);
    }
    const LivePositive& positive = history.positives[age];
    add_neighbors(neighbors, positive.item.row, double{positive.kind} * recency_of(options, age),
                  scores);
  }
  for (const LiveNegative& negative : history.negatives) {
    add_neighbors(neighbors, negative.row, -options.negative * recency_of(options, negative.age),
                  scores);
  }
  return scores;
}

float neighbor_share(const models::ItemNeighbors& neighbors, const LivePositive& positive,
                     std::size_t age, std::uint32_t row, const SignalOptions& options) {
  for (const auto& neighbor : neighbors.of(positive.item.row)) {
    if (neighbor.row != row) continue;
    return static_cast<float>(double{positive.kind} * recency_of(options, age) *
                              double{neighbor.weight});
  }
  return 0.0F;
}

std::vector<float> transition_signal(const TransitionCounts& counts, const LiveHistory& history,
                                     std::span<const std::int32_t> row_of_key, std::size_t rows,
                                     const SignalOptions& options) {
  std::vector<float> scores(rows, 0.0F);
  const Fading fading(counts, options);
  const std::size_t films = std::min(options.transition_films, history.positives.size());
  for (std::size_t age = 0; age < films; ++age) {
    const LivePositive& positive = history.positives[age];
    const auto transitions = counts.from(positive.movie);
    const double unit = unit_of(transitions, fading, positive, age, options);
    for (const Transition& transition : transitions) {
      if (transition.to >= row_of_key.size() || row_of_key[transition.to] < 0) continue;
      scores[static_cast<std::size_t>(row_of_key[transition.to])] +=
          static_cast<float>(unit * fading(transition));
    }
  }
  return scores;
}

float transition_share(const TransitionCounts& counts, const LivePositive& positive,
                       std::size_t age, MovieKey movie, const SignalOptions& options) {
  if (age >= options.transition_films) return 0.0F;
  const Fading fading(counts, options);
  const auto transitions = counts.from(positive.movie);
  const double unit = unit_of(transitions, fading, positive, age, options);
  double share = 0;
  for (const Transition& transition : transitions) {
    if (transition.to == movie) share += unit * fading(transition);
  }
  return static_cast<float>(share);
}

}  // namespace marquee::retrieval
