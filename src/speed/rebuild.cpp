#include "speed/rebuild.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "speed/fold_batch.h"
#include "speed/recent_profiles.h"

namespace marquee::speed {
namespace {

constexpr std::size_t kBatchEvents = 10'000;
constexpr std::chrono::milliseconds kReadWait{1'000};  // a durable record comes sooner than that

/// The state under construction: what the store holds, and the profiles met last.
class Builder {
 public:
  /// Goes on where the store stands.
  Builder(ProfileStore& store, MovieTable& movies, FoldedTotals stored, std::int64_t now_ms,
          std::size_t profile_bytes_max)
      : store_(store), movies_(movies), now_ms_(now_ms), recent_(profile_bytes_max) {
    base_.cursor = std::move(stored.cursor);
    base_.totals = stored.totals;
    base_.profile = [this](const UserId& user) -> Result<std::shared_ptr<const UserProfile>> {
      if (auto kept = recent_.find(user)) return kept;
      return store_.find_profile(user);
    };
    base_.event = [this](const UserId& user, const EventId& id) {
      return store_.find_event(user, id);
    };
  }

  Result<void> fold(std::span<const FoldItem> items, const Cursor& after) {
    MARQUEE_TRY(const FoldBatch batch, fold_batch(items, base_, after, movies_, now_ms_));
    MARQUEE_CHECK(store_.apply(batch));
    base_.cursor = batch.after;
    base_.totals = batch.totals;
    for (const auto& [user, profile] : batch.profiles) recent_.put(user, profile);
    return {};
  }

  const Cursor& cursor() const { return base_.cursor; }
  const FoldTotals& totals() const { return base_.totals; }

 private:
  ProfileStore& store_;
  MovieTable& movies_;
  const std::int64_t now_ms_;  ///< for receipts
  FoldBase base_;
  RecentProfiles recent_;
};

Result<void> fold_history(const HistorySource& history, Builder& builder) {
  std::vector<FoldItem> items;
  const auto flush = [&]() -> Result<void> {
    MARQUEE_CHECK(builder.fold(items, builder.cursor()));
    items.clear();
    return {};
  };
  for (;;) {
    MARQUEE_TRY(std::vector<Event> events, history());
    if (events.empty()) break;
    for (Event& event : events) {
      items.push_back({std::move(event), std::nullopt, 0});
      if (items.size() >= kBatchEvents) MARQUEE_CHECK(flush());
    }
  }
  return items.empty() ? Result<void>() : flush();
}

/// The partitions of `until` in which `cursor` has not come so far yet.
std::vector<std::int32_t> unfinished(const Cursor& cursor, const Cursor& until) {
  std::vector<std::int32_t> partitions;
  for (const auto& [partition, next] : until.partitions()) {
    if (cursor.next(partition) < next) partitions.push_back(partition);
  }
  return partitions;
}

/// `next`, but never beyond `until`.
Cursor clip(const Cursor& next, const Cursor& until) {
  Cursor clipped;
  for (const auto& [partition, sequence] : next.partitions()) {
    clipped.set_next(partition, std::min(sequence, until.next(partition)));
  }
  return clipped;
}

Result<void> fold_log(EventLog& log, const Cursor& until, Builder& builder) {
  for (;;) {
    // Of these alone: what others hold behind `until` would be read again and again.
    const auto partitions = unfinished(builder.cursor(), until);
    if (partitions.empty()) return {};
    MARQUEE_TRY(LogBatch read,
                log.read_partitions(partitions, builder.cursor(), kBatchEvents, kReadWait));
    if (read.records.empty() && read.next == builder.cursor()) {
      return Error{ErrorCode::kDataLoss,
                   "the event log ends before the point up to which it is to be folded"};
    }
    std::vector<FoldItem> items;
    for (LogRecord& record : read.records) {
      if (!until.includes(record.offset)) continue;
      items.push_back(
          {std::move(record.event), record.offset, record.fingerprint, std::move(record.poison)});
    }
    MARQUEE_CHECK(builder.fold(items, clip(read.next, until)));
  }
}

}  // namespace

Result<FoldTotals> fold_from_zero(const HistorySource& history, EventLog* log,
                                  std::optional<Cursor> until, ProfileStore& store,
                                  MovieTable& movies, std::size_t profile_bytes_max) {
  MARQUEE_TRY(const FoldedTotals stored, store.totals());
  if (!unfinished(Cursor(), stored.cursor).empty() || stored.totals != FoldTotals()) {
    return Error{ErrorCode::kFailedPrecondition,
                 "the state to fold into is not empty: reset it, or choose another place"};
  }
  Builder builder(store, movies, {}, 0, profile_bytes_max);
  if (history) MARQUEE_CHECK(fold_history(history, builder));
  if (log != nullptr) MARQUEE_CHECK(fold_log(*log, until ? *until : log->end(), builder));
  return builder.totals();
}

Result<FoldTotals> fold_pending(EventLog& log, ProfileStore& store, MovieTable& movies,
                                std::int64_t now_ms) {
  constexpr std::size_t kProfileBytesMax = std::size_t{128} << 20;
  MARQUEE_TRY(FoldedTotals stored, store.totals());
  Builder builder(store, movies, std::move(stored), now_ms, kProfileBytesMax);
  MARQUEE_CHECK(fold_log(log, log.end(), builder));
  return builder.totals();
}

}  // namespace marquee::speed
