#include "testing/fake_profile_store.h"

#include <algorithm>
#include <set>

namespace marquee::testing {
namespace {

/// An absent partition starts at 0, so {} and {-1: 0} are the same place.
bool same_place(const Cursor& a, const Cursor& b) {
  const auto covers = [](const Cursor& left, const Cursor& right) {
    return std::all_of(left.partitions().begin(), left.partitions().end(),
                       [&](const auto& entry) { return right.next(entry.first) == entry.second; });
  };
  return covers(a, b) && covers(b, a);
}

FoldTotals& operator+=(FoldTotals& left, const FoldTotals& right) {
  left.applied += right.applied;
  left.deduplicated += right.deduplicated;
  left.dead_lettered += right.dead_lettered;
  left.history += right.history;
  return left;
}

FoldTotals operator-(FoldTotals left, const FoldTotals& right) {
  left.applied -= right.applied;
  left.deduplicated -= right.deduplicated;
  left.dead_lettered -= right.dead_lettered;
  left.history -= right.history;
  return left;
}

}  // namespace

FoldedTotals FakeProfileStore::folded() const {
  FoldedTotals sum{state_.cursor, {}};
  for (const auto& [partition, totals] : state_.totals) sum.totals += totals;
  return sum;
}

Result<FoldedTotals> FakeProfileStore::totals() const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  return folded();
}

Result<FoldedTotals> FakeProfileStore::load(
    const std::function<void(UserId, UserProfile)>& profile,
    const std::function<void(const CountDelta&)>& count) const {
  MARQUEE_CHECK(before_read());
  State snapshot;
  FoldedTotals at;
  {
    const std::lock_guard lock(mutex_);
    snapshot = state_;
    at = folded();
  }
  for (const auto& [user, stored] : snapshot.profiles) profile(user, *stored);
  for (const auto& [key, number] : snapshot.counts) {
    count(CountDelta{.movie = key.first, .day = key.second, .delta = number});
  }
  return at;
}

Result<std::shared_ptr<const UserProfile>> FakeProfileStore::find_profile(
    const UserId& user) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const auto found = state_.profiles.find(user);
  return found == state_.profiles.end() ? nullptr : found->second;
}

Result<void> FakeProfileStore::check_place(const FoldBatch& batch) const {
  const Error elsewhere{ErrorCode::kFailedPrecondition, "another process folded meanwhile"};
  if (!claims_) {
    if (same_place(state_.cursor, batch.before)) return {};
    return elsewhere;
  }
  if (batch.after.partitions().size() != 1) {
    return Error{ErrorCode::kInvalidArgument, "a step under a claim is of one partition"};
  }
  for (const auto& [partition, next] : batch.after.partitions()) {
    const auto claim = claims_->find(partition);
    if (claim == claims_->end() || claim->second != shared_->epochs[partition]) return elsewhere;
    if (state_.cursor.next(partition) != batch.before.next(partition)) return elsewhere;
  }
  return {};
}

void FakeProfileStore::add_totals(const FoldBatch& batch) {
  if (!claims_) {
    state_.cursor = batch.after;
    state_.totals[Offset::kEmbedded] =
        batch.totals - (folded().totals - state_.totals[Offset::kEmbedded]);
    return;
  }
  for (const auto& [partition, next] : batch.after.partitions()) {
    state_.cursor.set_next(partition, next);
    state_.totals[partition] = batch.totals;
  }
}

Result<void> FakeProfileStore::check(const FoldBatch& batch) const {
  MARQUEE_CHECK(check_place(batch));
  std::set<std::pair<UserId, EventId>> ids;
  std::set<std::pair<UserId, std::uint64_t>> places;
  for (const auto& [event, seq, offset, fingerprint, undone, applied_at_ms] : batch.applied) {
    const std::pair id(event.user_id, event.event_id);
    const std::pair place(event.user_id, seq);
    if (state_.seq_of.contains(id) || state_.events.contains(place) || !ids.insert(id).second ||
        !places.insert(place).second) {
      return Error{ErrorCode::kConflict, "event " + event.event_id.to_string() + " of viewer '" +
                                             event.user_id.value() + "' is there already"};
    }
  }
  return {};
}

Result<void> FakeProfileStore::apply(const FoldBatch& batch) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(check(batch));
  store(batch);
  ++shared_->applies;
  return {};
}

Result<void> FakeProfileStore::apply_together(std::span<const FoldBatch> steps) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  for (const FoldBatch& step : steps) MARQUEE_CHECK(check(step));
  for (const FoldBatch& step : steps) store(step);
  ++shared_->applies;
  return {};
}

void FakeProfileStore::store(const FoldBatch& batch) {
  for (const AppliedEvent& applied : batch.applied) {
    const UserId& user = applied.event.user_id;
    state_.events.emplace(std::pair(user, applied.seq), applied);
    state_.seq_of.emplace(std::pair(user, applied.event.event_id), applied.seq);
  }
  for (const auto& place : batch.undone) {
    if (const auto found = state_.events.find(place); found != state_.events.end()) {
      found->second.undone = true;
    }
  }
  for (const auto& [user, profile] : batch.profiles) state_.profiles[user] = profile;
  for (const CountDelta& delta : batch.counts) {
    const auto key = std::pair(delta.movie, delta.day);
    if ((state_.counts[key] += delta.delta) == 0) state_.counts.erase(key);
  }
  for (const DeadLetter& letter : batch.dead_letters) state_.dead_letters[letter.offset] = letter;
  for (const Deduplicated& repeat : batch.deduplicated) state_.deduplicated[repeat.offset] = repeat;
  add_totals(batch);
  shared_->changed.notify_all();
}

const AppliedEvent* FakeProfileStore::find(const UserId& user, const EventId& id) const {
  const auto seq = state_.seq_of.find({user, id});
  return seq == state_.seq_of.end() ? nullptr : &state_.events.at({user, seq->second});
}

Result<std::optional<AppliedEvent>> FakeProfileStore::find_event(const UserId& user,
                                                                 const EventId& id) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const AppliedEvent* found = find(user, id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

Result<std::optional<EventReceipt>> FakeProfileStore::receipt(const UserId& user,
                                                              const EventId& id) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::optional<EventReceipt> receipt;
  if (const AppliedEvent* applied = find(user, id)) {
    receipt = EventReceipt{EventReceipt::Status::kApplied, applied->offset,
                           applied->event.accepted_at_ms, applied->applied_at_ms};
  }
  for (const auto& [offset, letter] : state_.dead_letters) {
    if (receipt || letter.event.user_id != user || letter.event.event_id != id) continue;
    receipt = EventReceipt{EventReceipt::Status::kDeadLettered, offset, letter.event.accepted_at_ms,
                           std::nullopt};
  }
  for (const auto& [offset, repeat] : state_.deduplicated) {
    if (repeat.user_id != user || repeat.event_id != id) continue;
    if (!receipt) receipt = EventReceipt{{}, offset, repeat.accepted_at_ms, std::nullopt};
    receipt->status =
        repeat.conflict ? EventReceipt::Status::kConflict : EventReceipt::Status::kDuplicate;
  }
  return receipt;
}

Result<HistoryPage> FakeProfileStore::history(const UserId& user,
                                              std::optional<std::uint64_t> before_seq,
                                              std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  HistoryPage page;
  std::vector<AppliedEvent> matching;
  for (auto at = state_.events.lower_bound({user, 0});
       at != state_.events.end() && at->first.first == user; ++at) {
    if (!before_seq || at->first.second < *before_seq) matching.push_back(at->second);
  }
  std::reverse(matching.begin(), matching.end());
  if (matching.size() > limit && limit > 0) {
    matching.resize(limit);
    page.next_before_seq = matching.back().seq;
  }
  if (limit > 0) page.events = std::move(matching);
  return page;
}

Result<std::vector<DeadLetter>> FakeProfileStore::dead_letters(std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::vector<DeadLetter> letters;
  for (const auto& [offset, letter] : state_.dead_letters) {
    if (letters.size() < limit) letters.push_back(letter);
  }
  return letters;
}

Result<std::vector<Deduplicated>> FakeProfileStore::deduplicated(const std::optional<Offset>& after,
                                                                 std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::vector<Deduplicated> repeats;
  for (auto at = after ? state_.deduplicated.upper_bound(*after) : state_.deduplicated.begin();
       at != state_.deduplicated.end() && repeats.size() < limit; ++at) {
    repeats.push_back(at->second);
  }
  return repeats;
}

Result<void> FakeProfileStore::reset() {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  state_ = State{};
  ++shared_->rebuilds;
  shared_->changed.notify_all();
  return {};
}

Result<std::optional<KnownEvent>> FakeProfileStore::find_known(const UserId& user,
                                                               const EventId& id) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::optional<KnownEvent> first;
  const auto consider = [&first](const KnownEvent& known) {
    if (!first || known.offset < first->offset) first = known;
  };
  const AppliedEvent* applied = find(user, id);
  if (applied != nullptr && applied->offset) {
    consider(KnownEvent{*applied->offset, applied->fingerprint, applied->event.accepted_at_ms});
  }
  for (const auto& [offset, letter] : state_.dead_letters) {
    if (letter.event.user_id == user && letter.event.event_id == id) {
      consider(KnownEvent{offset, letter.fingerprint, letter.event.accepted_at_ms});
    }
  }
  for (const auto& [offset, repeat] : state_.deduplicated) {
    if (repeat.user_id == user && repeat.event_id == id) {
      consider(KnownEvent{offset, repeat.fingerprint, repeat.accepted_at_ms});
    }
  }
  return first;
}

Result<std::vector<PartitionPosition>> FakeProfileStore::claim(
    std::span<const std::int32_t> partitions) {
  const std::lock_guard lock(mutex_);
  claims_.emplace();
  MARQUEE_CHECK(before_write());
  std::vector<PartitionPosition> positions;
  for (const std::int32_t partition : partitions) {
    (*claims_)[partition] = ++shared_->epochs[partition];
    positions.push_back({partition, state_.cursor.next(partition), state_.totals[partition]});
  }
  return positions;
}

Result<FoldPosition> FakeProfileStore::changes(
    const std::optional<FoldPosition>& seen,
    const std::function<void(UserId, UserProfile)>& profile) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const bool all = !seen || seen->rebuilds != shared_->rebuilds;
  for (const auto& [user, stored] : state_.profiles) {
    const auto& last = stored->last_offset;
    if (all || (last && !seen->folded.cursor.includes(*last))) profile(user, *stored);
  }
  return FoldPosition{folded(), shared_->rebuilds};
}

Result<void> FakeProfileStore::wait_for_change(const FoldPosition& seen,
                                               std::chrono::milliseconds wait) const {
  MARQUEE_CHECK(before_read());
  std::unique_lock lock(mutex_);
  shared_->changed.wait_for(lock, wait, [&] {
    return shared_->rebuilds != seen.rebuilds || !same_place(state_.cursor, seen.folded.cursor);
  });
  return {};
}

std::vector<AppliedEvent> FakeProfileStore::applied_events() const {
  const std::lock_guard lock(mutex_);
  std::vector<AppliedEvent> events;
  events.reserve(state_.events.size());
  for (const auto& [place, event] : state_.events) events.push_back(event);
  return events;
}

std::vector<Deduplicated> FakeProfileStore::deduplicated() const {
  const std::lock_guard lock(mutex_);
  std::vector<Deduplicated> repeats;
  for (const auto& [offset, repeat] : state_.deduplicated) repeats.push_back(repeat);
  return repeats;
}

std::size_t FakeProfileStore::applies() const {
  const std::lock_guard lock(mutex_);
  return shared_->applies;
}

}  // namespace marquee::testing
