#include "speed/claimed_partitions.h"

#include <set>
#include <utility>

namespace marquee::speed {

ClaimedPartitions::ClaimedPartitions(const Ports& ports, std::size_t profile_bytes_max)
    : ports_(ports), profiles_(profile_bytes_max) {}

Result<std::vector<PartitionPosition>> ClaimedPartitions::claim(
    std::span<const std::int32_t> partitions) {
  places_.clear();
  profiles_.clear();  // another process may have gone on meanwhile
  MARQUEE_TRY(auto positions, ports_.claims.claim(partitions));
  for (const PartitionPosition& at : positions) places_[at.partition] = at;
  return positions;
}

/// What the batch will ask of the store, in two round trips instead of two an event.
Result<void> ClaimedPartitions::prefetch(const std::vector<LogRecord>& records) {
  batch_ = {};
  std::set<UserId> missing;
  std::set<EventKey> keys;
  for (const LogRecord& record : records) {
    if (!record.poison.empty()) continue;
    const UserId& user = record.event.user_id;
    auto& profile = batch_.profiles[user];
    if (profile == nullptr) profile = profiles_.find(user);
    if (profile == nullptr) missing.insert(user);
    keys.insert({user, record.event.event_id});
    if (record.event.undoes) keys.insert({user, *record.event.undoes});
  }
  const std::vector<UserId> users(missing.begin(), missing.end());
  MARQUEE_TRY(auto profiles, ports_.store.find_profiles(users));
  for (std::size_t i = 0; i < users.size(); ++i) {
    batch_.profiles[users[i]] = std::move(profiles[i]);
  }
  // Whoever has no events has no repeats either.
  std::erase_if(keys, [&](const EventKey& key) { return !batch_.profiles.at(key.user_id); });
  const std::vector<EventKey> asked(keys.begin(), keys.end());
  MARQUEE_TRY(auto events, ports_.store.find_events(asked));
  for (std::size_t i = 0; i < asked.size(); ++i) batch_.events[asked[i]] = std::move(events[i]);
  return {};
}

FoldBase ClaimedPartitions::base_of(std::int32_t partition) const {
  const PartitionPosition& place = places_.at(partition);
  FoldBase base;
  base.profile = [this](const UserId& user) -> Result<std::shared_ptr<const UserProfile>> {
    const auto known = batch_.profiles.find(user);
    if (known != batch_.profiles.end()) return known->second;
    return ports_.store.find_profile(user);
  };
  base.event = [this](const UserId& user,
                      const EventId& id) -> Result<std::optional<AppliedEvent>> {
    const auto known = batch_.events.find({user, id});
    if (known != batch_.events.end()) return known->second;
    return ports_.store.find_event(user, id);
  };
  base.cursor.set_next(partition, place.next);
  base.totals = place.totals;
  return base;
}

Result<FoldBatch> ClaimedPartitions::fold(std::int32_t partition, std::vector<LogRecord> records,
                                          std::uint64_t next) {
  MARQUEE_CHECK(prefetch(records));
  std::vector<FoldItem> items;
  items.reserve(records.size());
  for (LogRecord& record : records) {
    items.push_back(
        {std::move(record.event), record.offset, record.fingerprint, std::move(record.poison)});
  }
  Cursor after;
  after.set_next(partition, next);
  MARQUEE_TRY(FoldBatch batch, fold_batch(items, base_of(partition), std::move(after),
                                          ports_.movies, ports_.clock.wall_ms()));
  MARQUEE_CHECK(ports_.store.apply(batch));
  places_.at(partition) = {partition, next, batch.totals};
  for (const auto& [user, profile] : batch.profiles) profiles_.put(user, profile);
  return batch;
}

}  // namespace marquee::speed
