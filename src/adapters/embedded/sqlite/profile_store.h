#pragma once

#include <string>
#include <vector>

#include "adapters/embedded/sqlite/database.h"
#include "domain/movie_table.h"
#include "ports/known_events.h"
#include "ports/profile_store.h"

namespace marquee::embedded {

/// Folded state in SQLite: one transaction a step, committed with Sync::kNormal, so that power loss
/// takes back state and cursor together. `database` and `movies` must outlive it.
class SqliteProfileStore final : public ProfileStore, public KnownEvents {
 public:
  SqliteProfileStore(SqliteDatabase& database, MovieTable& movies)
      : database_(database), movies_(movies) {}

  Result<FoldedTotals> totals() const override;
  Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                            const std::function<void(const CountDelta&)>& count) const override;
  Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const override;
  Result<void> apply(const FoldBatch& batch) override;
  Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                 const EventId& id) const override;
  Result<std::optional<EventReceipt>> receipt(const UserId& user, const EventId& id) const override;
  Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                              std::size_t limit) const override;
  Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const override;
  Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                 std::size_t limit) const override;
  Result<void> reset() override;
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override;

 private:
  SqliteDatabase& database_;
  MovieTable& movies_;
};

/// Where the fold stands, read inside a transaction of the caller.
Result<FoldedTotals> read_fold_position(SqliteConnection& connection);

}  // namespace marquee::embedded
