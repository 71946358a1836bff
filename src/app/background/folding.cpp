#include "app/background/folding.h"

#include <utility>

#include "adapters/kafka/kafka_partition_group.h"
#include "speed/fold_processor.h"
#include "speed/state_follower.h"
#include "telemetry/log.h"

namespace marquee::app {

Result<std::unique_ptr<Folding>> Folding::start(const Ports& ports, const Roles& roles) {
  if (!ports.storage.paths.is_shared()) return start_alone(ports);
  std::unique_ptr<Folding> folding(new Folding);
  folding->profiles_ = &ports.storage.stores->profiles;
  MARQUEE_TRY(auto follower,
              speed::StateFollower::start(*ports.storage.stores->changes, ports.storage.clock,
                                          ports.metrics, ports.on_visible, {}));
  speed::OwnSteps& own_steps = *follower;
  folding->live_ = std::move(follower);
  if (ports.settings.speed_engine == kSparkEngine) {
    folding->folded_by_spark_ = true;
    telemetry::log(telemetry::Level::kInfo, "fold", std::string(kFoldedBySpark));
  } else if (roles.speed) {
    MARQUEE_CHECK(folding->join_group(ports, own_steps));
  }
  return folding;
}

Result<std::unique_ptr<Folding>> Folding::start_alone(const Ports& ports) {
  std::unique_ptr<Folding> folding(new Folding);
  const auto both = [ports](const UserId& user, std::uint64_t version) {
    ports.on_stored(user, version);
    ports.on_visible(user, version);
  };
  speed::FoldProcessor::Options options;
  // Whoever folds says how far: the log may forget what lies behind.
  options.behind.on_stored = [&storage = ports.storage](const Cursor& stored) {
    storage.folded_end = stored.next(Offset::kEmbedded);
  };
  Storage& storage = ports.storage;
  MARQUEE_TRY(auto fold,
              speed::FoldProcessor::start(*storage.log, storage.stores->profiles, storage.movies,
                                          storage.clock, ports.metrics, both, options));
  folding->profiles_ = &fold->profiles();
  folding->unstored_ = [at = fold.get()] { return at->unstored(); };
  folding->live_ = std::move(fold);
  return folding;
}

Result<void> Folding::join_group(const Ports& ports, speed::OwnSteps& own_steps) {
  Storage& storage = ports.storage;
  MARQUEE_TRY(const auto options, kafka::KafkaOptions::parse(ports.settings.events));
  MARQUEE_TRY(group_, kafka::KafkaPartitionGroup::join(options));
  fold_ = std::make_unique<speed::PartitionFold>(
      speed::PartitionFold::Ports{*storage.log, storage.stores->profiles, *storage.stores->claims,
                                  *group_, storage.movies, storage.clock, ports.metrics,
                                  &own_steps},
      ports.on_stored, speed::PartitionFold::Options{});
  fold_->start();
  return {};
}

Result<void> Folding::health() const {
  MARQUEE_CHECK(live_->health());
  if (group_ != nullptr) MARQUEE_CHECK(group_->health());
  if (fold_ != nullptr) MARQUEE_CHECK(fold_->health());
  return {};
}

void Folding::stop() {
  if (fold_ != nullptr) fold_->stop();
  group_.reset();
  live_->stop();
}

}  // namespace marquee::app
