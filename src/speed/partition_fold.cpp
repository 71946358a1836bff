#include "speed/partition_fold.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace marquee::speed {
namespace {

std::map<std::int32_t, std::vector<LogRecord>> by_partition(std::vector<LogRecord> records) {
  std::map<std::int32_t, std::vector<LogRecord>> sorted;
  for (LogRecord& record : records) {
    sorted[record.offset.partition].push_back(std::move(record));
  }
  return sorted;
}

}  // namespace

PartitionFold::PartitionFold(const Ports& ports, OnChange on_change, Options options)
    : ports_(ports),
      on_change_(std::move(on_change)),
      options_(options),
      metrics_(ports.metrics),
      profiles_(options.profile_bytes_max),
      thread_({"folding", "fold", ThreadRole::kAnswers},
              {options.backoff_min, options.backoff_max}) {}

void PartitionFold::start() {
  thread_.start([this] { return step(options_.wait); },
                [this](std::chrono::milliseconds backoff) { metrics_.retry(backoff); });
}

Result<void> PartitionFold::step(std::chrono::milliseconds wait) {
  Result<void> folded = fold_once(wait);
  if (!folded.ok()) claimed_ = false;  // whatever was or was not stored: ask the store
  return folded;
}

Result<void> PartitionFold::fold_once(std::chrono::milliseconds wait) {
  const PartitionAssignment assignment = ports_.group.assignment();
  if (!claimed_ || assignment.generation != generation_) MARQUEE_CHECK(claim(assignment));
  if (partitions_.empty()) {
    (void)ports_.group.wait_for_change(generation_, wait);
    return {};
  }
  Cursor from;
  for (const auto& [partition, place] : places_) from.set_next(partition, place.read);
  MARQUEE_TRY(LogBatch read,
              ports_.log.read_partitions(partitions_, from, options_.batch_events_max, wait));
  auto sorted = by_partition(std::move(read.records));
  for (auto& [partition, place] : places_) {
    place.read = std::max(place.read, read.next.next(partition));
    const auto records = sorted.find(partition);
    if (records == sorted.end()) continue;
    MARQUEE_CHECK(fold_partition(partition, std::move(records->second), place.read));
  }
  report_pending();
  return {};
}

Result<void> PartitionFold::claim(const PartitionAssignment& assignment) {
  claimed_ = false;
  MARQUEE_TRY(const auto positions, ports_.claims.claim(assignment.partitions));
  places_.clear();
  profiles_.clear();  // another member may have gone on meanwhile
  for (const PartitionPosition& at : positions) {
    MARQUEE_CHECK(check_position(at));
    places_[at.partition] = {at.next, at.next, at.totals};
  }
  partitions_ = assignment.partitions;
  generation_ = assignment.generation;
  claimed_ = true;
  return {};
}

Result<void> PartitionFold::check_position(const PartitionPosition& at) const {
  const std::uint64_t begin = ports_.log.begin().next(at.partition);
  const std::uint64_t end = ports_.log.end().next(at.partition);
  const std::string stands = Offset{at.partition, at.next}.to_string();
  if (at.next > end) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("the event log ends at {} but the folded state stands at {}: restore "
                             "the log, or rebuild the state from what is left of it",
                             Offset{at.partition, end}.to_string(), stands)};
  }
  if (at.next < begin) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("the folded state stands at {} but the event log begins at {}: fold "
                             "archive and log again with: marquee rebuild",
                             stands, Offset{at.partition, begin}.to_string())};
  }
  return {};
}

/// What the batch will ask of the store, in two round trips instead of two an event.
Result<void> PartitionFold::prefetch(const std::vector<LogRecord>& records) {
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

FoldBase PartitionFold::base_of(std::int32_t partition) const {
  const Place& place = places_.at(partition);
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
  base.cursor.set_next(partition, place.stored);
  base.totals = place.totals;
  return base;
}

Result<void> PartitionFold::fold_partition(std::int32_t partition, std::vector<LogRecord> records,
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
  MARQUEE_TRY(const FoldBatch batch, fold_batch(items, base_of(partition), std::move(after),
                                                ports_.movies, ports_.clock.wall_ms()));
  MARQUEE_CHECK(ports_.store.apply(batch));
  places_.at(partition) = {next, next, batch.totals};
  show(batch);
  return {};
}

void PartitionFold::show(const FoldBatch& batch) {
  for (const auto& [user, profile] : batch.profiles) profiles_.put(user, profile);
  metrics_.visible(batch.applied, ports_.clock.wall_ms());
  if (!on_change_) return;
  for (const auto& [user, profile] : batch.profiles) on_change_(user, profile->version);
}

void PartitionFold::report_pending() {
  const Cursor end = ports_.log.end();
  std::uint64_t pending = 0;
  for (const auto& [partition, place] : places_) {
    pending += end.next(partition) - std::min(end.next(partition), place.read);
  }
  metrics_.pending(pending);
}

}  // namespace marquee::speed
