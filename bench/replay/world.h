#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/replay/delayed_state.h"
#include "bench/replay/protocol.h"
#include "serving/cascade.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/manual_clock.h"

namespace marquee::bench {

/// The nightly side of a replay: a model trained before the tune window, its neighbours and every
/// viewer's generated list, as the batch layer makes them.
class World {
 public:
  static Result<std::unique_ptr<World>> make(const Replay& replay, std::size_t workers);

  struct Variant {
    std::string name;
    serving::RecommendationService::Options options;
    std::optional<std::int64_t> lag_ms = 0;  ///< none: the speed layer is off
    bool every_midnight = false;  ///< besides, what was learnt since midnight (UTC) is not known
    bool nightly_lists = true;    ///< false: the batch layer has no lists
    bool model = true;            ///< false: popular films only
  };
  /// Replays the events from `begin`, having folded all before: asks for a list just before every
  /// positive event from `measured_from`, as the product's own cascade makes it.
  Quality replay(const Variant& variant, std::size_t begin, std::size_t measured_from,
                 std::size_t end);

  const Replay& replay() const { return replay_; }
  const serving::Generation& generation() const { return *generation_; }
  const MovieTable& movies() const { return movies_; }
  MovieTable& movies() { return movies_; }
  const Clock& clock() const { return clock_; }
  std::shared_ptr<const serving::CatalogView> view() const { return view_; }

 private:
  explicit World(const Replay& replay) : replay_(replay) {}
  Result<void> train(std::size_t workers);
  Result<void> generate_lists(const models::FactorModel& model);

  const Replay& replay_;
  testing::ManualClock clock_;
  MovieTable movies_;
  testing::FakeFeedStore feed_;
  testing::FakeFeedStore empty_feed_;
  testing::FakeRecommendationCache cache_;
  testing::FakeRecommendationLog log_;
  telemetry::Metrics metrics_;
  serving::ShownListWriter writer_{log_, metrics_, {}};
  std::shared_ptr<const serving::CatalogView> view_;
  std::shared_ptr<const serving::Generation> generation_;
};

}  // namespace marquee::bench
