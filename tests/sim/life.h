#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "adapters/embedded/ttl_cache.h"
#include "serving/recommendation_service.h"
#include "sim/unreliable_store.h"
#include "speed/fold_processor.h"
#include "testing/fake_feed_store.h"
#include "testing/reference_fold.h"

namespace marquee::sim {

/// Everything that was ever stored in the log, by offset.
using Written = std::map<Offset, LogRecord>;

/// A FeedStore that takes its time: `meanwhile` runs while a request waits for it.
class SlowFeed final : public FeedStore {
 public:
  std::function<void()> meanwhile;

  testing::FakeFeedStore& real() { return real_; }
  Result<void> put(const ModelVersion& generation, const Lists& lists) override {
    return real_.put(generation, lists);
  }
  Result<std::vector<ScoredMovie>> find(const ModelVersion& generation,
                                        const UserId& user) const override {
    if (meanwhile) meanwhile();
    return real_.find(generation, user);
  }
  Result<std::vector<ModelVersion>> generations() const override { return real_.generations(); }
  Result<void> drop(const ModelVersion& generation) override { return real_.drop(generation); }

 private:
  testing::FakeFeedStore real_;
};

/// What outlives a process.
struct World {
  EventLog& log;
  UnreliableStore& store;
  SlowFeed& feed;
  MovieTable& movies;
  const Clock& clock;
  telemetry::Metrics& metrics;
  serving::ShownListWriter& shown;
};

/// One process from its start to its death: fold, cache and serving as the product wires them, over
/// what outlives it, and beside them the reference for exactly what it has applied.
class Life {
 public:
  /// Errors: those of the store.
  static Result<std::unique_ptr<Life>> start(const World& world, std::uint64_t number,
                                             std::shared_ptr<const serving::Generation> generation,
                                             std::shared_ptr<const serving::Catalog> catalog);

  std::uint64_t number() const { return number_; }
  speed::FoldProcessor& fold() { return *fold_; }
  embedded::TtlCache& cache() { return cache_; }
  serving::RecommendationService& service() { return *service_; }
  const testing::ReferenceFold& reference() const { return reference_; }

  /// Brings the reference to where the fold stands.
  void follow(const Written& written);

 private:
  Life(const World& world, std::uint64_t number);

  const std::uint64_t number_;
  embedded::TtlCache cache_;
  std::unique_ptr<speed::FoldProcessor> fold_;
  std::unique_ptr<serving::RecommendationService> service_;
  testing::ReferenceFold reference_;
  Cursor referenced_;
};

}  // namespace marquee::sim
