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

}  // namespace

Result<FoldedTotals> FakeProfileStore::totals() const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  return state_.totals;
}

Result<FoldedTotals> FakeProfileStore::load(
    const std::function<void(UserId, UserProfile)>& profile,
    const std::function<void(const CountDelta&)>& count) const {
  MARQUEE_CHECK(before_read());
  State snapshot;
  {
    const std::lock_guard lock(mutex_);
    snapshot = state_;
  }
  for (const auto& [user, stored] : snapshot.profiles) profile(user, *stored);
  for (const auto& [key, number] : snapshot.counts) {
    count(CountDelta{.movie = key.first, .day = key.second, .delta = number});
  }
  return snapshot.totals;
}

Result<std::shared_ptr<const UserProfile>> FakeProfileStore::find_profile(
    const UserId& user) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const auto found = state_.profiles.find(user);
  return found == state_.profiles.end() ? nullptr : found->second;
}

Result<void> FakeProfileStore::check(const FoldBatch& batch) const {
  if (!same_place(state_.totals.cursor, batch.before)) {
    return Error{ErrorCode::kFailedPrecondition, "another process folded meanwhile"};
  }
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
  state_.totals = FoldedTotals{batch.after, batch.totals};
  ++applies_;
  return {};
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

Result<void> FakeProfileStore::reset() {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  state_ = State{};
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
  return applies_;
}

}  // namespace marquee::testing
