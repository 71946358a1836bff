#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/postgres/database.h"
#include "adapters/postgres/fold_position.h"
#include "domain/movie_table.h"
#include "ports/fold_changes.h"
#include "ports/known_events.h"
#include "ports/partition_claims.h"
#include "ports/profile_store.h"

namespace marquee::postgres {

class FoldListener;

/// Folded state in PostgreSQL: one transaction a step, with its cursor. Several processes may fold
/// partitions of their own (claim()), and others follow (changes()). `database` and `movies` must
/// outlive it.
class PostgresProfileStore final : public ProfileStore,
                                   public KnownEvents,
                                   public PartitionClaims,
                                   public FoldChanges {
 public:
  PostgresProfileStore(PostgresDatabase& database, MovieTable& movies);
  ~PostgresProfileStore() override;

  Result<FoldedTotals> totals() const override;
  Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                            const std::function<void(const CountDelta&)>& count) const override;
  Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const override;
  Result<void> apply(const FoldBatch& batch) override;
  Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                 const EventId& id) const override;
  Result<std::vector<std::optional<AppliedEvent>>> find_events(
      std::span<const EventKey> keys) const override;
  Result<std::vector<std::shared_ptr<const UserProfile>>> find_profiles(
      std::span<const UserId> users) const override;
  Result<std::optional<EventReceipt>> receipt(const UserId& user, const EventId& id) const override;
  Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                              std::size_t limit) const override;
  Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const override;
  Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                 std::size_t limit) const override;
  Result<void> reset() override;

  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override;

  /// From the thread of apply(). After an error nothing is claimed any more.
  Result<std::vector<PartitionPosition>> claim(std::span<const std::int32_t> partitions) override;
  Result<void> apply_together(std::span<const FoldBatch> steps) override;

  Result<FoldPosition> changes(
      const std::optional<FoldPosition>& seen,
      const std::function<void(UserId, UserProfile)>& profile) const override;
  /// One thread at a time waits for the server's word; further ones, and all while that connection
  /// is broken, look every quarter of a second.
  Result<void> wait_for_change(const FoldPosition& seen,
                               std::chrono::milliseconds wait) const override;

 private:
  PostgresDatabase& database_;
  MovieTable& movies_;
  std::optional<Claims> claims_;  ///< none before the first claim()
  const std::unique_ptr<FoldListener> listener_;
};

}  // namespace marquee::postgres
