#include "bench/replay/world.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <utility>

#include "models/ials_trainer.h"
#include "models/item_scores.h"

namespace marquee::bench {
namespace {

constexpr std::size_t kListLength = 100;  // batch.top_n
constexpr std::size_t kNeighbors = 50;    // batch/train_stage.cpp

/// The time up to which a variant has learnt of events at `now_ms`.
std::int64_t known_until(const World::Variant& variant, std::int64_t now_ms) {
  constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;
  if (variant.every_midnight) return now_ms - now_ms % kDayMs;
  return now_ms - *variant.lag_ms;
}

/// 1-based; 0 when it is not there.
std::size_t rank_of(const std::vector<Candidate>& items, MovieKey movie) {
  const auto at = std::find_if(items.begin(), items.end(),
                               [movie](const Candidate& item) { return item.movie == movie; });
  return at == items.end() ? 0 : static_cast<std::size_t>(at - items.begin()) + 1;
}

}  // namespace

Result<std::unique_ptr<World>> World::make(const Replay& replay, std::size_t workers) {
  auto world = std::unique_ptr<World>(new World(replay));
  auto catalog = serving::make_catalog(replay.movies, world->movies_);
  world->view_ = std::make_shared<const serving::CatalogView>(std::move(catalog));
  MARQUEE_CHECK(world->train(workers));
  return world;
}

Result<void> World::train(std::size_t workers) {
  models::InteractionMatrixBuilder builder;
  for (std::size_t i = 0; i < replay_.tune_begin; ++i) builder.add(replay_.events[i]);
  const ModelVersion version("als_20250101_0000");
  MARQUEE_TRY(auto model, models::train_ials(builder.build(), {}, version, workers));
  MARQUEE_CHECK(generate_lists(model));
  auto neighbors = std::make_shared<const models::ItemNeighbors>(
      models::nearest_items(model, kNeighbors, workers));
  auto shared = std::make_shared<const models::FactorModel>(std::move(model));
  generation_ = serving::make_generation(std::move(shared), movies_, std::move(neighbors));
  return {};
}

/// As batch/generate_stage.cpp: every viewer's best films but their positives.
Result<void> World::generate_lists(const models::FactorModel& model) {
  std::map<std::string, std::vector<std::uint32_t>> met;
  for (std::size_t i = 0; i < replay_.tune_begin; ++i) {
    const Event& event = replay_.events[i];
    if (!is_positive(event)) continue;
    if (const auto row = model.item_row(event.movie_id.value())) {
      met[event.user_id.value()].push_back(*row);
    }
  }
  std::size_t user = 0;
  std::vector<float> scores(model.items().rows());
  using Row = std::pair<UserId, std::vector<ScoredMovie>>;
  return feed_.put(model.version(), [&]() -> Result<std::optional<Row>> {
    if (user == model.users().rows()) return std::optional<Row>();
    models::score_items(model, model.users().row(user), scores);
    const std::string& id = model.users().ids[user++];
    for (const std::uint32_t row : met[id]) scores[row] = -std::numeric_limits<float>::infinity();
    std::vector<ScoredMovie> list;
    for (const std::uint32_t row : models::best_items(scores, kListLength)) {
      list.push_back({MovieId(model.items().ids[row]), scores[row]});
    }
    return std::optional(Row{UserId(id), std::move(list)});
  });
}

Quality World::replay(const Variant& variant, std::size_t begin, std::size_t measured_from,
                      std::size_t end) {
  DelayedState state(clock_, movies_);
  state.forget_recent(!variant.lag_ms);
  for (std::size_t i = 0; i < begin; ++i) state.fold_both(replay_.events[i]);
  const FeedStore& feed = variant.nightly_lists ? feed_ : empty_feed_;
  const serving::PopularFilms popular(state, movies_, clock_, variant.options.popularity,
                                      std::chrono::milliseconds(0));
  const serving::Cascade cascade({clock_, state, feed, cache_, writer_, movies_, metrics_},
                                 variant.options, popular);
  const serving::Pinned pinned{variant.model ? generation_ : nullptr, view_};
  Quality quality;
  std::size_t learnt = begin;  // events that the delayed side has folded
  for (std::size_t i = begin; i < end; ++i) {
    const Event& event = replay_.events[i];
    for (; variant.lag_ms && learnt < i; ++learnt) {
      if (replay_.events[learnt].ts_ms > known_until(variant, event.ts_ms)) break;
      state.fold_recent(replay_.events[learnt]);
    }
    if (i >= measured_from && is_positive(event)) {
      serving::CascadeRequest request;
      request.user_id = event.user_id;
      request.profile = state.find(event.user_id);
      request.count = 50;
      const auto list = cascade.build(pinned, request);
      const auto key = movies_.find(event.movie_id.value());
      quality.add(key ? rank_of(list.items, *key) : 0);
    }
    state.fold_seen(event);
  }
  return quality.mean();
}

}  // namespace marquee::bench
