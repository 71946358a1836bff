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

/// What the parts will ask of the store, in two round trips instead of two an event.
Result<void> ClaimedPartitions::prefetch(const std::vector<Part>& parts) {
  batch_ = {};
  std::set<UserId> missing;
  std::set<EventKey> keys;
  for (const Part& part : parts) {
    for (const LogRecord& record : part.records) {
      if (!record.poison.empty()) continue;
      const UserId& user = record.event.user_id;
      auto& profile = batch_.profiles[user];
      if (profile == nullptr) profile = profiles_.find(user);
      if (profile == nullptr) missing.insert(user);
      keys.insert({user, record.event.event_id});
      if (record.event.undoes) keys.insert({user, *record.event.undoes});
    }
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

Result<FoldBatch> ClaimedPartitions::fold_part(Part part) {
  std::vector<FoldItem> items;
  items.reserve(part.records.size());
  for (LogRecord& record : part.records) {
    items.push_back(
        {std::move(record.event), record.offset, record.fingerprint, std::move(record.poison)});
  }
  Cursor after;
  after.set_next(part.partition, part.next);
  return fold_batch(items, base_of(part.partition), std::move(after), ports_.movies,
                    ports_.clock.wall_ms());
}

Result<std::vector<FoldBatch>> ClaimedPartitions::fold(std::vector<Part> parts) {
  MARQUEE_CHECK(prefetch(parts));
  std::vector<FoldBatch> steps;
  for (Part& part : parts) {
    MARQUEE_TRY(FoldBatch step, fold_part(std::move(part)));
    steps.push_back(std::move(step));
  }
  MARQUEE_CHECK(ports_.claims.apply_together(steps));
  for (const FoldBatch& step : steps) {
    const auto [partition, next] = *step.after.partitions().begin();
    places_.at(partition) = {partition, next, step.totals};
    for (const auto& [user, profile] : step.profiles) profiles_.put(user, profile);
  }
  return steps;
}

Result<FoldBatch> ClaimedPartitions::fold(std::int32_t partition, std::vector<LogRecord> records,
                                          std::uint64_t next) {
  std::vector<Part> parts;
  parts.push_back({partition, std::move(records), next});
  MARQUEE_TRY(auto steps, fold(std::move(parts)));
  return std::move(steps.front());
}

}  // namespace marquee::speed
