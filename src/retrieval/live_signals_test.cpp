// The live signals against their definitions, term by term.

#include "retrieval/live_signals.h"

#include <cmath>
#include <map>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

constexpr MovieKey kItems = 20;

LiveHistory random_history() {
  LiveHistory history;
  std::vector<MovieKey> films(kItems);
  std::iota(films.begin(), films.end(), 0U);
  const auto positives = *rc::gen::inRange<std::size_t>(0, 14);
  for (MovieKey movie = 0; movie < positives; ++movie) {
    const float kind = 0.25F * static_cast<float>(*rc::gen::inRange(1, 5));
    history.positives.push_back({movie, EventType::kLike, {movie, 1.0F}, kind});
  }
  for (MovieKey movie = 15; movie < 18; ++movie) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    history.negatives.push_back({movie, movie, *rc::gen::inRange<std::uint32_t>(0, 14)});
  }
  return history;
}

TransitionCounts random_counts() {
  TransitionCounts counts;
  const int viewers = *rc::gen::inRange(0, 12);
  for (int viewer = 0; viewer < viewers; ++viewer) {
    std::vector<LikedFilm> liked;
    const auto first = *rc::gen::inRange<MovieKey>(0, kItems);
    const auto step = *rc::gen::inRange<MovieKey>(1, 7);
    for (MovieKey i = 0; i < 6; ++i) {
      liked.push_back({(first + i * step) % kItems, *rc::gen::inRange(0, 9'000)});
    }
    counts.replace({}, liked);
  }
  return counts;
}

double neighbor_recency(const SignalOptions& options, std::size_t age) {
  return std::max(options.neighbor_floor, std::pow(options.neighbor_decay, double(age)));
}

RC_GTEST_PROP(NeighborSignal, IsTheSumOverFilmsForLessThatOverFilmsAgainst, ()) {
  const auto model = random_model(kItems, 5, *rc::gen::inRange<std::uint64_t>(1, 500));
  const auto neighbors = models::nearest_items(*model, 6, 1);
  const LiveHistory history = random_history();
  SignalOptions options;
  options.neighbor_decay = 0.7;
  options.negative = 0.5;
  const auto signal = neighbor_signal(neighbors, history, kItems, options);
  for (std::uint32_t row = 0; row < kItems; ++row) {
    double expected = 0;
    double shares = 0;
    for (std::size_t i = 0; i < history.positives.size(); ++i) {
      const LivePositive& positive = history.positives[i];
      shares += neighbor_share(neighbors, positive, i, row, options);
      for (const auto& neighbor : neighbors.of(positive.item.row)) {
        if (neighbor.row == row) {
          expected += positive.kind * neighbor_recency(options, i) * neighbor.weight;
        }
      }
    }
    RC_ASSERT(std::abs(shares - expected) < 1e-5);
    for (const LiveNegative& negative : history.negatives) {
      for (const auto& neighbor : neighbors.of(negative.row)) {
        if (neighbor.row == row) {
          expected -= 0.5 * neighbor_recency(options, negative.age) * neighbor.weight;
        }
      }
    }
    RC_ASSERT(std::abs(signal[row] - expected) < 1e-5);
  }
}

RC_GTEST_PROP(TransitionSignal, IsTheSumOfFadingSharesOfTheFilmsLikedLast, ()) {
  const TransitionCounts counts = random_counts();
  const LiveHistory history = random_history();
  std::vector<std::int32_t> rows(kItems);
  std::iota(rows.begin(), rows.end(), 0);
  rows[3] = -1;  // a film that the model does not know
  SignalOptions options;
  options.transition_films = 4;
  options.transition_half_life_days = 700;
  const auto signal = transition_signal(counts, history, rows, kItems, options);
  std::map<MovieKey, double> expected;
  for (std::size_t i = 0; i < std::min<std::size_t>(4, history.positives.size()); ++i) {
    const auto faded = [&](const Transition& link) {
      const double days = 64.0 * (counts.latest_period() - link.period);
      return link.weight * std::exp2(-days / 700);
    };
    double sum = options.transition_shrink;
    const LivePositive& positive = history.positives[i];
    for (const Transition& link : counts.from(positive.movie)) sum += faded(link);
    for (const Transition& link : counts.from(positive.movie)) {
      expected[link.to] += positive.kind * std::pow(0.75, double(i)) * faded(link) / sum;
    }
  }
  for (MovieKey movie = 0; movie < kItems; ++movie) {
    double shares = 0;
    for (std::size_t i = 0; i < history.positives.size(); ++i) {
      shares += transition_share(counts, history.positives[i], i, movie, options);
    }
    RC_ASSERT(std::abs(shares - expected[movie]) < 1e-5);
    RC_ASSERT(std::abs(signal[movie] - (rows[movie] < 0 ? 0 : expected[movie])) < 1e-5);
  }
}

TEST(TransitionSignal, OldLinksFadeAgainstNewOnes) {
  TransitionCounts counts;
  counts.replace({}, {{{0, 1'000}, {1, 1'000}}});
  counts.replace({}, {{{0, 6'000}, {2, 6'000}}});
  LiveHistory history;
  history.positives.push_back({0, EventType::kLike, {0, 1.0F}, 1.0F});
  const std::vector<std::int32_t> rows{0, 1, 2};
  const auto signal = transition_signal(counts, history, rows, 3, {});
  EXPECT_GT(signal[2], 3 * signal[1]);
  EXPECT_GT(signal[1], 0);
}

TEST(NeighborSignal, AFilmTurnedAgainstPushesDownWhatIsLikeIt) {
  const auto model = random_model(kItems, 5, 2);
  const auto neighbors = models::nearest_items(*model, 6, 1);
  LiveHistory history;
  history.negatives.push_back({4, 4, 0});
  const auto signal = neighbor_signal(neighbors, history, kItems, {});
  for (const auto& neighbor : neighbors.of(4)) EXPECT_LT(signal[neighbor.row], 0);
}

}  // namespace
}  // namespace marquee::retrieval
