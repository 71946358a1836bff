#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "app/options/roles.h"
#include "app/storage/storage.h"
#include "ports/partition_group.h"
#include "settings/settings.h"
#include "speed/live_state.h"
#include "speed/partition_fold.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// What keeps this process's state in step with the log. Alone on its log and state it folds
/// (speed/fold_processor.h); beside others it follows what any of them stores, and with the role
/// speed folds the partitions that the consumer group gives it, unless speed.engine leaves that to
/// the Spark job.
class Folding {
 public:
  static constexpr std::string_view kFoldedBySpark =
      "the Spark job folds (speed.engine = spark), this process follows what it stores";
  struct Ports {
    const Settings& settings;
    Storage& storage;
    telemetry::Metrics& metrics;
    /// Called after a viewer's profile was stored by this process, on the fold's thread.
    std::function<void(const UserId&, std::uint64_t version)> on_stored;
    /// The same after a change became visible here, whoever stored it.
    std::function<void(const UserId&, std::uint64_t version)> on_visible;
  };
  /// Shows the stored state, and alone also what the log has beyond it. Errors: those of store and
  /// log. What `ports` names must outlive it.
  static Result<std::unique_ptr<Folding>> start(const Ports& ports, const Roles& roles);
  ~Folding() { stop(); }
  Folding(const Folding&) = delete;
  Folding& operator=(const Folding&) = delete;

  speed::LiveState& live() { return *live_; }
  /// The stored state, and what is shown beyond it.
  const ProfileStore& profiles() const { return *profiles_; }
  /// Events that are shown and not stored; all zero where only what is stored is shown.
  QueueState unstored() const { return unstored_ ? unstored_() : QueueState{}; }
  /// Ok while the state keeps up and, with the role, partitions are folded; else why not.
  Result<void> health() const;
  bool is_folded_by_spark() const { return folded_by_spark_; }
  /// Finishes the steps under way and leaves the group.
  void stop();

 private:
  Folding() = default;
  static Result<std::unique_ptr<Folding>> start_alone(const Ports& ports);
  Result<void> join_group(const Ports& ports, speed::OwnSteps& own_steps);

  std::unique_ptr<speed::LiveState> live_;  // ends after the fold that tells it of its steps
  const ProfileStore* profiles_ = nullptr;
  bool folded_by_spark_ = false;
  std::function<QueueState()> unstored_;  // alone only
  // Only beside others:
  std::unique_ptr<PartitionGroup> group_;
  std::unique_ptr<speed::PartitionFold> fold_;
};

}  // namespace marquee::app
