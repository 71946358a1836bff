#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/event_log.h"
#include "ports/partition_claims.h"
#include "ports/profile_store.h"
#include "speed/fold_batch.h"
#include "speed/recent_profiles.h"

namespace marquee::speed {

/// The partitions that this process has claimed in the store, and the step from records of one of
/// them to stored state: who brings the records is somebody else's business (partition_fold.h reads
/// them from the log, src/streaming is handed them). The profiles used last are kept while the
/// partitions are ours. One thread at a time.
class ClaimedPartitions {
 public:
  /// What it stands on; all must outlive it. `store` and `claims` are the same object.
  struct Ports {
    ProfileStore& store;
    PartitionClaims& claims;
    MovieTable& movies;
    const Clock& clock;
  };
  ClaimedPartitions(const Ports& ports, std::size_t profile_bytes_max);

  /// PartitionClaims::claim(): from now on whoever had them cannot store.
  Result<std::vector<PartitionPosition>> claim(std::span<const std::int32_t> partitions);

  /// What is folded of one partition: records in order, all at or behind stored(partition), and the
  /// cursor behind them.
  struct Part {
    std::int32_t partition = 0;
    std::vector<LogRecord> records;
    std::uint64_t next = 0;
  };
  /// Folds the parts and stores their steps with their cursors, in one transaction; no viewer may
  /// be in two of them. After an error it is not known what the store has: claim again.
  Result<std::vector<FoldBatch>> fold(std::vector<Part> parts);
  Result<FoldBatch> fold(std::int32_t partition, std::vector<LogRecord> records,
                         std::uint64_t next);

  /// The cursor in the store of a claimed partition.
  std::uint64_t stored(std::int32_t partition) const { return places_.at(partition).next; }
  /// What became of its events up to there.
  const FoldTotals& totals(std::int32_t partition) const { return places_.at(partition).totals; }
  bool holds(std::int32_t partition) const { return places_.contains(partition); }

 private:
  /// What the store had of the viewers and events of the parts being folded; null and none are
  /// answers.
  struct Batch {
    std::map<UserId, std::shared_ptr<const UserProfile>> profiles;
    std::map<EventKey, std::optional<AppliedEvent>> events;
  };

  Result<void> prefetch(const std::vector<Part>& parts);
  Result<FoldBatch> fold_part(Part part);
  FoldBase base_of(std::int32_t partition) const;

  const Ports ports_;
  std::map<std::int32_t, PartitionPosition> places_;
  RecentProfiles profiles_;
  Batch batch_;
};

}  // namespace marquee::speed
