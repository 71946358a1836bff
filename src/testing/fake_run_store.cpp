#include "testing/fake_run_store.h"

#include <algorithm>

namespace marquee::testing {

Result<std::optional<Lease>> FakeRunStore::acquire(const std::string& holder, std::int64_t ttl_ms,
                                                   std::int64_t now_ms) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  const bool live =
      lease_ && lease_->expires_at_ms > now_ms && lease_->expires_at_ms <= now_ms + 2 * ttl_ms;
  if (live && lease_->holder != holder) return std::optional<Lease>();
  const std::uint64_t last = lease_ ? lease_->token : 0;
  lease_ = Lease{holder, live ? last : last + 1, now_ms + ttl_ms};
  return lease_;
}

Result<Lease> FakeRunStore::renew(std::uint64_t token, std::int64_t ttl_ms, std::int64_t now_ms) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  lease_->expires_at_ms = now_ms + ttl_ms;
  return *lease_;
}

Result<void> FakeRunStore::release(std::uint64_t token) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  if (lease_ && lease_->token == token) lease_->expires_at_ms = 0;
  return {};
}

Result<std::optional<Lease>> FakeRunStore::lease() const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  return lease_;
}

Result<void> FakeRunStore::may_write(std::uint64_t token) const {
  const std::uint64_t newest = lease_ ? lease_->token : 0;
  if (token == newest && newest > 0) return {};
  return fenced(token, newest);
}

Result<void> FakeRunStore::may_be_active(const Run& run) const {
  if (!is_active(run.status)) return {};
  for (const Entry& other : entries_) {
    const bool rival = other.run.pipeline == run.pipeline && other.run.id != run.id;
    if (!rival || !is_active(other.run.status)) continue;
    return Error{ErrorCode::kConflict, "run '" + other.run.id + "' of " + run.pipeline +
                                           " is active: wait for it or cancel it"};
  }
  return {};
}

Result<FakeRunStore::Entry*> FakeRunStore::entry(const std::string& run_id) {
  for (Entry& entry : entries_) {
    if (entry.run.id == run_id) return &entry;
  }
  return Error{ErrorCode::kNotFound, "there is no run '" + run_id + "'"};
}

const FakeRunStore::Entry* FakeRunStore::look(const std::string& run_id) const {
  for (const Entry& entry : entries_) {
    if (entry.run.id == run_id) return &entry;
  }
  return nullptr;
}

Result<void> FakeRunStore::create(std::uint64_t token, const Run& run) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  if (look(run.id) != nullptr) {
    return Error{ErrorCode::kConflict, "run '" + run.id + "' exists already"};
  }
  MARQUEE_CHECK(may_be_active(run));
  entries_.push_back(Entry{++runs_ever_, run, {}, {}});
  if (run.due_at_ms) dealt_until_[run.pipeline] = *run.due_at_ms;
  return {};
}

Result<void> FakeRunStore::update(std::uint64_t token, const Run& run) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  MARQUEE_TRY(Entry* const found, entry(run.id));
  MARQUEE_CHECK(may_be_active(run));
  found->run = run;
  return {};
}

Result<void> FakeRunStore::put_stage(std::uint64_t token, const std::string& run_id,
                                     const StageAttempt& attempt) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  MARQUEE_TRY(Entry* const found, entry(run_id));
  for (StageAttempt& known : found->stages) {
    if (known.stage != attempt.stage || known.attempt != attempt.attempt) continue;
    known = attempt;
    return {};
  }
  found->stages.push_back(attempt);
  return {};
}

Result<void> FakeRunStore::append_log(std::uint64_t token, const std::string& run_id,
                                      std::span<const RunLogLine> lines) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  MARQUEE_TRY(Entry* const found, entry(run_id));
  for (RunLogLine line : lines) {
    line.seq = ++found->lines_ever;
    line.text = cut_log_line(line.text);
    found->lines.push_back(std::move(line));
  }
  std::erase_if(found->lines, [&](const RunLogLine& line) {
    return line.seq + kRunLogLinesMax <= found->lines_ever;
  });
  return {};
}

Result<void> FakeRunStore::set_dealt_until(std::uint64_t token, const std::string& pipeline,
                                           std::int64_t ms) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  dealt_until_[pipeline] = ms;
  return {};
}

Result<void> FakeRunStore::prune(std::uint64_t token, const std::string& pipeline,
                                 std::size_t keep) {
  MARQUEE_CHECK(before_write());
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(may_write(token));
  std::size_t newer = 0;
  for (std::size_t i = entries_.size(); i-- > 0;) {
    const Run& run = entries_[i].run;
    if (run.pipeline != pipeline || is_active(run.status)) continue;
    if (++newer > keep) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return {};
}

Result<std::optional<Run>> FakeRunStore::find(const std::string& run_id) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const Entry* found = look(run_id);
  return found == nullptr ? std::nullopt : std::optional(found->run);
}

Result<RunPage> FakeRunStore::list(std::optional<RunStatus> status,
                                   std::optional<std::uint64_t> before, std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  RunPage page;
  std::uint64_t last = 0;
  for (std::size_t i = entries_.size(); i-- > 0;) {
    const Entry& entry = entries_[i];
    if ((before && entry.place >= *before) || (status && entry.run.status != *status)) continue;
    if (page.runs.size() == limit) {
      page.next_before = last;
      break;
    }
    page.runs.push_back(entry.run);
    last = entry.place;
  }
  return page;
}

Result<std::optional<Run>> FakeRunStore::active(const std::string& pipeline) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.run.pipeline == pipeline && is_active(entry.run.status))
      return std::optional(entry.run);
  }
  return std::optional<Run>();
}

Result<std::vector<StageAttempt>> FakeRunStore::stages(const std::string& run_id) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const Entry* found = look(run_id);
  return found == nullptr ? std::vector<StageAttempt>{} : found->stages;
}

Result<std::vector<RunLogLine>> FakeRunStore::log(const std::string& run_id,
                                                  const std::optional<std::string>& stage,
                                                  std::uint64_t after, std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::vector<RunLogLine> lines;
  const Entry* found = look(run_id);
  if (found == nullptr) return lines;
  for (const RunLogLine& line : found->lines) {
    if (lines.size() == limit) break;
    if (line.seq > after && (!stage || line.stage == *stage)) lines.push_back(line);
  }
  return lines;
}

Result<std::optional<std::int64_t>> FakeRunStore::dealt_until(const std::string& pipeline) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  const auto found = dealt_until_.find(pipeline);
  return found == dealt_until_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<std::int64_t>> FakeRunStore::last_success(const std::string& pipeline) const {
  MARQUEE_CHECK(before_read());
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> last;
  for (const Entry& entry : entries_) {
    const Run& run = entry.run;
    if (run.pipeline == pipeline && run.status == RunStatus::kSucceeded && run.ended_at_ms) {
      last = std::max(last.value_or(*run.ended_at_ms), *run.ended_at_ms);
    }
  }
  return last;
}

}  // namespace marquee::testing
