#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/event_log.h"
#include "ports/partition_claims.h"
#include "ports/partition_group.h"
#include "ports/profile_store.h"
#include "speed/claimed_partitions.h"
#include "speed/fold_metrics.h"
#include "speed/own_steps.h"
#include "speed/step_thread.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// Folds the partitions that the consumer group gives this process, beside others that fold the
/// rest: reads their events and folds and stores the partitions' steps with claimed_partitions.h,
/// in one transaction, unless a viewer is in two of them (a foreign producer may place keys
/// otherwise). Nothing of the state is loaded ahead.
///
/// Exactly once needs no trust in the group: claim() takes the partitions in the store and says
/// where they stand, and from then on whoever had them cannot store. After any failure, an answer
/// that was lost included, the partitions are claimed again and the fold goes on from where the
/// store is.
class PartitionFold {
 public:
  struct Options {
    std::size_t batch_events_max = 1'024;
    std::chrono::milliseconds wait{50};
    /// From the begin of one step with events to that of the next: a step costs a transaction and
    /// some statements, however few its events are. An event that comes alone waits for nothing.
    std::chrono::milliseconds pace{5};
    std::chrono::milliseconds backoff_min{10};
    std::chrono::milliseconds backoff_max{1'000};
    std::size_t profile_bytes_max = std::size_t{128} << 20U;
  };
  /// What it stands on; all must outlive it. `store` and `claims` are the same object.
  struct Ports {
    EventLog& log;
    ProfileStore& store;
    PartitionClaims& claims;
    const PartitionGroup& group;
    MovieTable& movies;
    const Clock& clock;
    telemetry::Metrics& metrics;
    OwnSteps* follower = nullptr;  ///< of this process; none: nobody is told
  };
  /// Called after a viewer's changed profile was stored, on the fold's thread.
  using OnChange = std::function<void(const UserId&, std::uint64_t version)>;

  PartitionFold(const Ports& ports, OnChange on_change, Options options);
  ~PartitionFold() { stop(); }
  PartitionFold(const PartitionFold&) = delete;
  PartitionFold& operator=(const PartitionFold&) = delete;

  void start();
  /// Finishes the step under way. Any thread.
  void stop() { thread_.stop(); }
  /// Ok while folding advances; else why not. Any thread.
  Result<void> health() const { return thread_.health(); }

  /// Takes over a changed assignment, then folds and stores what there is, waiting up to `wait` for
  /// it. For who drives it without start().
  Result<void> step(std::chrono::milliseconds wait);

 private:
  Result<void> fold_once(std::chrono::milliseconds wait);
  Result<void> claim(const PartitionAssignment& assignment);
  Result<void> check_position(const PartitionPosition& at) const;
  Result<void> fold_together(std::vector<ClaimedPartitions::Part> parts);
  void keep_pace() const;
  void show(const FoldBatch& batch);
  void report_pending();

  const Ports ports_;
  const OnChange on_change_;
  const Options options_;
  FoldMetrics metrics_;
  ClaimedPartitions claimed_;
  bool is_claimed_ = false;
  std::uint64_t generation_ = 0;  ///< of the assignment that is claimed
  std::vector<std::int32_t> partitions_;
  /// By partition; beyond the cursor in the store when what lies between holds no event.
  std::map<std::int32_t, std::uint64_t> read_;
  std::chrono::steady_clock::time_point folded_at_;  ///< when the last step with events began
  StepThread thread_;                                // ends first
};

}  // namespace marquee::speed
