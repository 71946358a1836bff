#include "speed/write_behind.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace marquee::speed {
namespace {

constexpr std::chrono::milliseconds kIdle{50};  // how long a stop without steps may take

/// The first `limit` by offset, one of each.
template <typename T>
void keep_first(std::vector<T>& all, std::size_t limit) {
  std::sort(all.begin(), all.end(), [](const T& a, const T& b) { return a.offset < b.offset; });
  const auto same = [](const T& a, const T& b) { return a.offset == b.offset; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  if (all.size() > limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(limit), all.end());
}

}  // namespace

WriteBehind::WriteBehind(ProfileStore& store, Options options)
    : store_(store),
      options_(std::move(options)),
      thread_({"storing what was folded", "store", ThreadRole::kBackground}, options_.backoff) {}

void WriteBehind::start() {
  thread_.start([this] { return store_when_gathered(); }, nullptr);
}

void WriteBehind::stop() {
  hurry();
  thread_.stop();
  (void)store();  // when it fails, the log has the events and the next start folds them
}

Result<void> WriteBehind::store_when_gathered() {
  {
    std::unique_lock lock(mutex_);
    if (!taken_.wait_for(lock, kIdle, [this] { return !steps_.empty(); })) return {};
    taken_.wait_for(lock, options_.gather,
                    [this] { return hurried_ || 2 * events_ >= options_.events_max; });
    hurried_ = false;
  }
  return store();
}

/// Somebody waits: the transaction under way is gathered no longer.
void WriteBehind::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  taken_.notify_one();
}

Result<void> WriteBehind::store() {
  const std::lock_guard lock(store_mutex_);
  if (!transaction_) {
    const UnstoredSteps steps = unstored();
    if (steps.empty()) return {};
    transaction_ = merge_steps(steps);
    transaction_steps_ = steps.size();
  }
  MARQUEE_CHECK(apply_transaction());
  if (options_.on_stored) options_.on_stored(transaction_->after);
  forget_stored();
  return {};
}

Result<void> WriteBehind::apply_transaction() {
  const bool retried = std::exchange(tried_before_, true);
  Result<void> stored = store_.apply(*transaction_);
  tried_before_ = !stored.ok();
  if (stored.ok() || !retried || stored.error().code != ErrorCode::kFailedPrecondition) {
    return stored;
  }
  // The attempt before may have been stored although its answer was lost.
  MARQUEE_TRY(const FoldedTotals now, store_.totals());
  if (now.cursor != transaction_->after || now.totals != transaction_->totals) return stored;
  tried_before_ = false;
  return {};
}

void WriteBehind::forget_stored() {
  {
    const std::lock_guard lock(mutex_);
    for (; transaction_steps_ > 0; --transaction_steps_) {
      events_ -= steps_.front()->events();
      for (const AppliedEvent& row : steps_.front()->batch().applied) {
        ids_.remove(row.event.event_id);
      }
      steps_.pop_front();
    }
  }
  transaction_.reset();
  room_.notify_all();
}

UnstoredSteps WriteBehind::unstored() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

QueueState WriteBehind::queue() const {
  const std::lock_guard lock(mutex_);
  return {events_, options_.events_max, refused_};
}

Result<void> WriteBehind::apply(const FoldBatch& batch) {
  auto step = std::make_shared<const UnstoredStep>(batch);
  std::unique_lock lock(mutex_);
  if (!steps_.empty() && steps_.back()->batch().after != batch.before) {
    return Error{ErrorCode::kFailedPrecondition, "the step does not follow the one before"};
  }
  // One step alone may be larger than the limit.
  const auto fits = [&] {
    return steps_.empty() || events_ + step->events() <= options_.events_max;
  };
  if (!fits()) {
    hurried_ = true;
    taken_.notify_one();
  }
  if (!room_.wait_for(lock, options_.room_wait, fits)) {
    refused_ += step->events();
    lock.unlock();
    MARQUEE_CHECK(health());
    return Error{ErrorCode::kUnavailable,
                 fmt::format("the store is {} events behind what is shown", options_.events_max)};
  }
  steps_.push_back(step);
  for (const AppliedEvent& row : batch.applied) ids_.add(row.event.event_id);
  events_ += step->events();
  const bool worth_a_call = steps_.size() == 1 || 2 * events_ >= options_.events_max;
  lock.unlock();
  if (worth_a_call) taken_.notify_one();
  return {};
}

// ---- reading: the steps first, so that one that is stored meanwhile is not missed
// ----------------

Result<FoldedTotals> WriteBehind::totals() const {
  const UnstoredSteps steps = unstored();
  if (steps.empty()) return store_.totals();
  return FoldedTotals{steps.back()->batch().after, steps.back()->batch().totals};
}

Result<void> WriteBehind::check_all_stored() const {
  if (unstored().empty()) return {};
  return Error{ErrorCode::kFailedPrecondition, "steps of the fold are not stored yet"};
}

Result<FoldedTotals> WriteBehind::load(const std::function<void(UserId, UserProfile)>& profile,
                                       const std::function<void(const CountDelta&)>& count) const {
  MARQUEE_CHECK(check_all_stored());
  return store_.load(profile, count);
}

Result<void> WriteBehind::reset() {
  MARQUEE_CHECK(check_all_stored());
  return store_.reset();
}

Result<std::shared_ptr<const UserProfile>> WriteBehind::find_profile(const UserId& user) const {
  if (auto profile = profile_among(unstored(), user)) return profile;
  return store_.find_profile(user);
}

Result<std::optional<AppliedEvent>> WriteBehind::find_event(const UserId& user,
                                                            const EventId& id) const {
  {
    const std::lock_guard lock(mutex_);
    // The fold asks for every event, which nearly never is there: no look into hundreds of steps.
    if (ids_.may_hold(id)) {
      if (auto found = event_among(steps_, user, id)) return found;
    }
  }
  MARQUEE_TRY(std::optional<AppliedEvent> stored, store_.find_event(user, id));
  if (!stored) return stored;
  const UnstoredSteps steps = unstored();
  MARQUEE_TRY(stored, store_.find_event(user, id));
  if (stored) stored = as_of(steps, *std::move(stored));
  return stored;
}

Result<std::optional<EventReceipt>> WriteBehind::receipt(const UserId& user,
                                                         const EventId& id) const {
  const UnstoredSteps steps = unstored();
  MARQUEE_TRY(const std::optional<EventReceipt> stored, store_.receipt(user, id));
  return receipt_after(steps, user, id, stored);
}

Result<HistoryPage> WriteBehind::history(const UserId& user,
                                         std::optional<std::uint64_t> before_seq,
                                         std::size_t limit) const {
  const UnstoredSteps steps = unstored();
  HistoryPage page{rows_among(steps, user, before_seq), std::nullopt};
  if (page.events.empty() || limit == 0) {
    MARQUEE_TRY(page, store_.history(user, before_seq, limit));
  } else if (page.events.size() > limit) {
    page.events.resize(limit);
    page.next_before_seq = page.events.back().seq;
  } else if (const std::uint64_t oldest = page.events.back().seq; page.events.size() == limit) {
    if (oldest > 0) page.next_before_seq = oldest;  // a history has every seq from 0 on
  } else {
    MARQUEE_TRY(HistoryPage older, store_.history(user, oldest, limit - page.events.size()));
    page.events.insert(page.events.end(), older.events.begin(), older.events.end());
    page.next_before_seq = older.next_before_seq;
  }
  for (AppliedEvent& row : page.events) row = as_of(steps, std::move(row));
  return page;
}

Result<std::vector<DeadLetter>> WriteBehind::dead_letters(std::size_t limit) const {
  const UnstoredSteps steps = unstored();
  MARQUEE_TRY(std::vector<DeadLetter> letters, store_.dead_letters(limit));
  for (const auto& step : steps) {
    const auto& more = step->batch().dead_letters;
    letters.insert(letters.end(), more.begin(), more.end());
  }
  keep_first(letters, limit);
  return letters;
}

Result<std::vector<Deduplicated>> WriteBehind::deduplicated(const std::optional<Offset>& after,
                                                            std::size_t limit) const {
  const UnstoredSteps steps = unstored();
  MARQUEE_TRY(std::vector<Deduplicated> repeats, store_.deduplicated(after, limit));
  for (const auto& step : steps) {
    for (const Deduplicated& repeat : step->batch().deduplicated) {
      if (!after || repeat.offset > *after) repeats.push_back(repeat);
    }
  }
  keep_first(repeats, limit);
  return repeats;
}

}  // namespace marquee::speed
