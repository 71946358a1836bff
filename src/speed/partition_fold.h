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
#include "speed/fold_batch.h"
#include "speed/fold_metrics.h"
#include "speed/recent_profiles.h"
#include "speed/step_thread.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// Folds the partitions that the consumer group gives this process, beside others that fold the
/// rest: reads their events, folds them with fold_batch.h and stores each partition's step with its
/// cursor. Nothing of the state is loaded ahead; the profiles used last are kept while the
/// partitions are ours.
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
  struct Place {
    std::uint64_t stored = 0;  ///< the cursor in the store
    std::uint64_t read = 0;    ///< beyond it when what lies between holds no event
    FoldTotals totals;
  };

  /// What the store had of the viewers and events of the batch being folded; null and none are
  /// answers.
  struct Batch {
    std::map<UserId, std::shared_ptr<const UserProfile>> profiles;
    std::map<EventKey, std::optional<AppliedEvent>> events;
  };

  Result<void> fold_once(std::chrono::milliseconds wait);
  Result<void> claim(const PartitionAssignment& assignment);
  Result<void> check_position(const PartitionPosition& at) const;
  Result<void> fold_partition(std::int32_t partition, std::vector<LogRecord> records,
                              std::uint64_t next);
  Result<void> prefetch(const std::vector<LogRecord>& records);
  FoldBase base_of(std::int32_t partition) const;
  void show(const FoldBatch& batch);
  void report_pending();

  const Ports ports_;
  const OnChange on_change_;
  const Options options_;
  FoldMetrics metrics_;
  bool claimed_ = false;
  std::uint64_t generation_ = 0;  ///< of the assignment that is claimed
  std::vector<std::int32_t> partitions_;
  std::map<std::int32_t, Place> places_;
  RecentProfiles profiles_;
  Batch batch_;
  StepThread thread_;  // ends first
};

}  // namespace marquee::speed
