// What a list costs that L1 does not have: L2 ⊕ L3 for viewers with full histories, by the
// product's own cascade, in CPU microseconds.
//
//     marquee_bench_miss [FILMS [LISTS]]      10,000 films, 64 numbers each, 400 lists

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/rng.h"
#include "models/ials_trainer.h"
#include "serving/cascade.h"
#include "testing/event_builder.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_folded_state.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/manual_clock.h"

namespace marquee::bench {
namespace {

constexpr std::size_t kRank = 64;
constexpr int kViewers = 500;
constexpr int kHistory = UserProfile::kRecentMax;

double cpu_us() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

models::FactorModel random_model(std::size_t films) {
  Rng rng(4);
  models::FactorTable items{kRank, {}, {}};
  for (std::size_t i = 0; i < films; ++i) {
    items.ids.push_back(fmt::format("f{:06}", i));
    for (std::size_t d = 0; d < kRank; ++d)
      items.values.push_back(static_cast<float>(rng.normal()) / 8);
  }
  return *models::FactorModel::make(ModelVersion("als_20250101_0000"), {}, std::move(items),
                                    {kRank, {}, {}});
}

/// Viewers who like popular films more often, so that the busiest films have full transitions.
void fill(testing::FakeFoldedState& state, std::size_t films) {
  Rng rng(5);
  for (int viewer = 0; viewer < kViewers; ++viewer) {
    UserProfile profile;
    for (int i = 0; i < kHistory; ++i) {
      const double u = rng.uniform();
      const auto movie = static_cast<MovieKey>(u * u * u * static_cast<double>(films));
      profile.recent.push_back({movie, EventType::kLike, std::nullopt, 0, profile.version++});
      profile.state_of(movie).seen = 1;
    }
    state.put(fmt::format("v{}", viewer), std::move(profile));
  }
}

int run(std::size_t films, int lists) {
  testing::ManualClock clock;
  MovieTable movies;
  std::vector<Movie> catalog;
  for (std::size_t i = 0; i < films; ++i)
    catalog.push_back(testing::test_movie(fmt::format("f{:06}", i)));
  testing::FakeFoldedState state(clock);
  testing::FakeFeedStore feed;
  testing::FakeRecommendationCache cache;
  testing::FakeRecommendationLog log;
  telemetry::Metrics metrics;
  serving::ShownListWriter writer(log, metrics, {});
  const serving::RecommendationService::Options options;
  const serving::PopularFilms popular(state, movies, clock, options.popularity,
                                      options.popular_refresh);
  serving::Pinned pinned;
  pinned.view =
      std::make_shared<const serving::CatalogView>(serving::make_catalog(catalog, movies));
  auto model = random_model(films);
  auto neighbors =
      std::make_shared<const models::ItemNeighbors>(models::nearest_items(model, 50, 2));
  pinned.generation = serving::make_generation(
      std::make_shared<const models::FactorModel>(std::move(model)), movies, std::move(neighbors));
  fill(state, films);
  const serving::Cascade cascade({clock, state, feed, cache, writer, movies, metrics}, options,
                                 popular);

  std::vector<double> costs;
  for (int i = 0; i < lists; ++i) {
    serving::CascadeRequest request;
    request.user_id = UserId(fmt::format("v{}", i % kViewers));
    request.profile = state.find(request.user_id);
    request.count = options.top_n + 1;
    const double begin = cpu_us();
    const auto list = cascade.build(pinned, request);
    costs.push_back(cpu_us() - begin);
    if (list.items.size() != request.count) return 1;
  }
  std::sort(costs.begin(), costs.end());
  const double wanted = films <= 10'000 ? 300 : 1'000;
  fmt::print(
      "{} films, viewers with {} interactions: CPU a list, in microseconds\n"
      "min {:.0f}  median {:.0f}  p99 {:.0f}   wanted: at most {:.0f}\n",
      films, kHistory, costs.front(), costs[costs.size() / 2], costs[costs.size() * 99 / 100],
      wanted);
  return 0;
}

}  // namespace
}  // namespace marquee::bench

int main(int count, char** arguments) {
  const long films = count > 1 ? std::strtol(arguments[1], nullptr, 10) : 10'000;
  const long lists = count > 2 ? std::strtol(arguments[2], nullptr, 10) : 400;
  if (films < 200 || lists < 1) {
    fmt::print(stderr, "usage: marquee_bench_miss [FILMS [LISTS]], at least 200 films\n");
    return 2;
  }
  return marquee::bench::run(static_cast<std::size_t>(films), static_cast<int>(lists));
}
