#include "testing/fake_event_log.h"

#include <algorithm>

namespace marquee::testing {

namespace {
constexpr std::size_t kAppendEventsMax = 1'000;
}

FakeEventLog::FakeEventLog(const Clock& clock) : FakeEventLog(clock, Options{}) {}

FakeEventLog::FakeEventLog(const Clock& clock, Options options)
    : clock_(clock), options_(options) {}

void FakeEventLog::append(std::vector<PendingEvent> events, Completion done) {
  Result<std::vector<AppendOutcome>> outcome = std::vector<AppendOutcome>{};
  {
    const std::lock_guard lock(mutex_);
    if (auto error = refusal(events.size())) {
      outcome = *std::move(error);
    } else if (held_) {
      waiting_events_ += events.size();
      waiting_.push_back({std::move(events), std::move(done)});
      return;
    } else {
      outcome = commit(std::move(events));
    }
  }
  grown_.notify_all();
  done(std::move(outcome));
}

std::optional<Error> FakeEventLog::refusal(std::size_t count) const {
  if (append_error_) return append_error_;
  if (count == 0 || count > kAppendEventsMax) {
    return Error{ErrorCode::kInvalidArgument, "an append takes 1 to 1,000 events"};
  }
  if (waiting_events_ + count > options_.queue_events_max) {
    return Error{ErrorCode::kUnavailable, "the event log's queue is full, try again"};
  }
  return std::nullopt;
}

std::vector<AppendOutcome> FakeEventLog::commit(std::vector<PendingEvent> events) {
  std::vector<AppendOutcome> outcomes;
  outcomes.reserve(events.size());
  for (PendingEvent& pending : events) outcomes.push_back(commit_one(std::move(pending)));
  return outcomes;
}

AppendOutcome FakeEventLog::commit_one(PendingEvent pending) {
  const Key key{pending.event.user_id, pending.event.event_id};
  const auto [place, fresh] = first_.try_emplace(key, records_.size());
  if (!fresh) {
    const LogRecord& known = records_[place->second];
    const bool same = known.fingerprint == pending.fingerprint;
    return {same ? AppendStatus::kDuplicate : AppendStatus::kConflict, known.offset,
            known.event.accepted_at_ms};
  }
  last_accepted_ms_ = std::max(last_accepted_ms_, clock_.wall_ms());
  pending.event.accepted_at_ms = last_accepted_ms_;
  const Offset offset{Offset::kEmbedded, records_.size()};
  traces_.push_back(std::move(pending.traceparent));
  records_.push_back({offset, std::move(pending.event), pending.fingerprint});
  return {AppendStatus::kAccepted, offset, last_accepted_ms_};
}

Result<LogBatch> FakeEventLog::read(const Cursor& from, std::size_t events_max,
                                    std::chrono::milliseconds wait) {
  const std::uint64_t first = from.next(Offset::kEmbedded);
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, wait, [&] { return read_error_ || first < records_.size(); });
  if (read_error_) return *read_error_;
  if (first < begin_) return Error{ErrorCode::kFailedPrecondition, "the log begins later"};
  LogBatch batch{{}, from};
  for (std::uint64_t i = first; i < records_.size() && batch.records.size() < events_max; ++i) {
    batch.records.push_back(records_[i]);
  }
  batch.next.set_next(Offset::kEmbedded, first + batch.records.size());
  return batch;
}

Cursor FakeEventLog::end() const {
  const std::lock_guard lock(mutex_);
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, records_.size());
  return cursor;
}

Cursor FakeEventLog::begin() const {
  const std::lock_guard lock(mutex_);
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, begin_);
  return cursor;
}

void FakeEventLog::remove_before(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  begin_ = sequence;
}

Result<void> FakeEventLog::health() const {
  const std::lock_guard lock(mutex_);
  if (append_error_) return *append_error_;
  return {};
}

void FakeEventLog::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void FakeEventLog::release() {
  std::vector<std::pair<Completion, std::vector<AppendOutcome>>> ready;
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
    waiting_events_ = 0;
    for (Waiting& one : waiting_) {
      ready.emplace_back(std::move(one.done), commit(std::move(one.events)));
    }
    waiting_.clear();
  }
  grown_.notify_all();
  for (auto& [done, outcomes] : ready) done(std::move(outcomes));
}

void FakeEventLog::fail_appends(const Error& error) {
  std::deque<Waiting> failed;
  {
    const std::lock_guard lock(mutex_);
    append_error_ = error;
    waiting_events_ = 0;
    failed.swap(waiting_);
  }
  for (Waiting& one : failed) one.done(error);
}

void FakeEventLog::fail_reads(Error error) {
  {
    const std::lock_guard lock(mutex_);
    read_error_ = std::move(error);
  }
  grown_.notify_all();
}

void FakeEventLog::repair() {
  const std::lock_guard lock(mutex_);
  append_error_.reset();
  read_error_.reset();
}

Offset FakeEventLog::push_unchecked(Event event, std::uint64_t fingerprint) {
  Offset offset;
  {
    const std::lock_guard lock(mutex_);
    offset.sequence = records_.size();
    first_.try_emplace(Key{event.user_id, event.event_id}, records_.size());
    last_accepted_ms_ = std::max(last_accepted_ms_, event.accepted_at_ms);
    records_.push_back({offset, std::move(event), fingerprint});
  }
  grown_.notify_all();
  return offset;
}

std::vector<std::string> FakeEventLog::traces() const {
  const std::lock_guard lock(mutex_);
  return traces_;
}

std::vector<LogRecord> FakeEventLog::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

}  // namespace marquee::testing
