#include "sim/life.h"

#include "sim/story.h"

namespace marquee::sim {
namespace {

constexpr std::size_t kFoldEventsMax = 12;
constexpr std::size_t kTopN = 6;  // fewer than there are films

/// One shard and room for all: what is evicted would depend on a hash that every process draws.
const embedded::TtlCache::Options kCache{
    .bytes_max = std::size_t{1} << 20, .ttl = std::chrono::hours(1), .shards = 1};

}  // namespace

Life::Life(const World& world, std::uint64_t number)
    : number_(number), cache_(world.clock, kCache), reference_(is_poison) {}

Result<std::unique_ptr<Life>> Life::start(const World& world, std::uint64_t number,
                                          std::shared_ptr<const serving::Generation> generation,
                                          std::shared_ptr<const serving::Catalog> catalog) {
  std::unique_ptr<Life> life(new Life(world, number));
  const auto on_change = [at = life.get()](const UserId& user, std::uint64_t version) {
    at->cache_.bump(user, version);
  };
  speed::FoldProcessor::Options fold_options;
  fold_options.batch_events_max = kFoldEventsMax;
  MARQUEE_TRY(life->fold_,
              speed::FoldProcessor::load(world.log, world.store, world.movies, world.clock,
                                         world.metrics, on_change, fold_options));
  serving::RecommendationService::Options options;
  options.top_n = kTopN;
  options.popular_refresh = std::chrono::milliseconds(0);
  life->service_ = std::make_unique<serving::RecommendationService>(
      serving::RecommendationService::Ports{world.clock, life->fold_->state(), world.feed,
                                            life->cache_, world.shown, world.movies, world.metrics},
      options);
  life->service_->set_catalog(std::move(catalog));
  life->service_->set_generation(std::move(generation));
  return life;
}

void Life::follow(const Written& written) {
  const Cursor applied = fold_->state().applied();
  for (const auto& [partition, next] : applied.partitions()) {
    for (std::uint64_t at = referenced_.next(partition); at < next; ++at) {
      reference_.add(written.at({partition, at}));
    }
  }
  referenced_ = applied;
}

}  // namespace marquee::sim
