#include "scheduling/run_execution.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "scheduling/pipeline.h"

namespace marquee::scheduling {
namespace {

constexpr std::chrono::seconds kBackoffMax{3'600};

std::chrono::seconds backoff(std::chrono::seconds first, std::int32_t failures) {
  std::chrono::seconds wait = first;
  for (std::int32_t i = 1; i < failures && wait < kBackoffMax; ++i) wait *= 2;
  return std::min(wait, kBackoffMax);
}

/// Repeating these cannot help.
bool needs_a_human(const StageAttempt& attempt) {
  return attempt.exit_code == kExitUsage || attempt.exit_code == kExitDamaged;
}

std::string describe(const StageExit& exit, const std::string& last_line) {
  std::string text =
      exit.code ? fmt::format("exit code {}", *exit.code) : fmt::format("signal {}", exit.signal);
  return last_line.empty() ? text : fmt::format("{}: {}", text, last_line);
}

}  // namespace

Result<std::unique_ptr<RunExecution>> RunExecution::begin(const Ports& ports,
                                                          const ExecutionOptions& options,
                                                          Run run) {
  std::unique_ptr<RunExecution> execution(new RunExecution(ports, options, std::move(run)));
  MARQUEE_CHECK(execution->take_up());
  return execution;
}

Result<void> RunExecution::take_up() {
  MARQUEE_TRY(attempts_, ports_.store.stages(run_.id));
  for (StageAttempt& left : attempts_) {
    if (left.status != StageStatus::kRunning) continue;
    left.status = StageStatus::kInterrupted;
    left.detail = "the scheduler that ran it is gone";
    left.ended_at_ms = ports_.clock.wall_ms();
    MARQUEE_CHECK(ports_.store.put_stage(ports_.token, run_.id, left));
  }
  const auto succeeded = [&](std::string_view stage) {
    return std::any_of(attempts_.begin(), attempts_.end(), [&](const StageAttempt& attempt) {
      return attempt.stage == stage && attempt.status == StageStatus::kSucceeded;
    });
  };
  while (next_stage_ < kBatchStages.size() && succeeded(kBatchStages[next_stage_])) ++next_stage_;
  if (run_.status == RunStatus::kRunning) return {};
  run_.status = RunStatus::kRunning;
  if (!run_.started_at_ms) run_.started_at_ms = ports_.clock.wall_ms();
  return ports_.store.update(ports_.token, run_);
}

Result<bool> RunExecution::advance() {
  if (verdict_) return finish();
  if (!attempt_) return start_stage();
  MARQUEE_CHECK(drain());
  if (!exit_ && child_ != nullptr) exit_ = child_->poll();
  if (!exit_ && child_ != nullptr) {
    enforce_limits();
    return false;
  }
  MARQUEE_CHECK(drain());
  return conclude();
}

Result<bool> RunExecution::start_stage() {
  if (stop_ == Stop::kHandBack) verdict_ = RunStatus::kQueued;
  if (run_.cancel_requested) verdict_ = RunStatus::kCancelled;
  if (next_stage_ == kBatchStages.size()) verdict_ = RunStatus::kSucceeded;
  if (verdict_) return finish();
  if (ports_.clock.steady() < retry_at_) return false;
  const std::string stage(kBatchStages[next_stage_]);
  if (const auto times = count(stage, StageStatus::kInterrupted);
      times > options_.interruptions_max) {
    verdict_ = RunStatus::kFailed;
    run_.detail = fmt::format("stage {} was interrupted {} times", stage, times);
    return finish();
  }
  StageAttempt attempt;
  attempt.stage = stage;
  attempt.attempt = next_attempt(stage);
  attempt.round = run_.round;
  attempt.started_at_ms = ports_.clock.wall_ms();
  MARQUEE_CHECK(ports_.store.put_stage(ports_.token, run_.id, attempt));
  attempt_ = attempt;
  last_line_.clear();
  deadline_ = ports_.clock.steady() + options_.stage_timeout;
  auto started = ports_.runner.start({run_.pipeline, stage, run_.id, run_.logical_date});
  if (started.ok()) {
    child_ = std::move(started).value();
  } else {
    start_failure_ = started.error().message;
  }
  return false;
}

Result<void> RunExecution::drain() {
  if (child_ != nullptr) {
    for (std::string& text : child_->take_lines()) {
      last_line_ = cut_log_line(text);
      unsaved_lines_.push_back(
          {0, attempt_->stage, attempt_->attempt, ports_.clock.wall_ms(), std::move(text)});
    }
  }
  if (unsaved_lines_.empty()) return {};
  if (unsaved_lines_.size() > kRunLogLinesMax) {
    unsaved_lines_.erase(unsaved_lines_.begin(), unsaved_lines_.end() - kRunLogLinesMax);
  }
  MARQUEE_CHECK(ports_.store.append_log(ports_.token, run_.id, unsaved_lines_));
  unsaved_lines_.clear();
  return {};
}

void RunExecution::enforce_limits() {
  const auto now = ports_.clock.steady();
  if (stop_ == Stop::kNone && run_.cancel_requested) stop_stage(Stop::kCancel);
  if (stop_ == Stop::kNone && now >= deadline_) stop_stage(Stop::kTimeout);
  if (stop_ != Stop::kNone && now >= kill_at_) child_->kill();
}

void RunExecution::stop_stage(Stop why) {
  stop_ = why;
  kill_at_ = ports_.clock.steady() + options_.kill_after;
  if (child_ != nullptr) child_->terminate();
}

Result<void> RunExecution::cancel() {
  Run wanted = run_;
  wanted.cancel_requested = true;
  MARQUEE_CHECK(ports_.store.update(ports_.token, wanted));
  run_ = std::move(wanted);
  if (stop_ == Stop::kNone) stop_stage(Stop::kCancel);
  return {};
}

void RunExecution::hand_back() { stop_stage(Stop::kHandBack); }

/// What the end of the stage means for its attempt.
void RunExecution::judge(StageAttempt& attempt) const {
  attempt.ended_at_ms = ports_.clock.wall_ms();
  if (!exit_) {
    attempt.status = StageStatus::kFailed;
    attempt.detail = start_failure_;
    return;
  }
  attempt.exit_code = exit_->code;
  attempt.status = exit_->code == 0 ? StageStatus::kSucceeded : StageStatus::kFailed;
  if (attempt.status == StageStatus::kSucceeded) return;
  attempt.detail = describe(*exit_, last_line_);
  if (exit_->code == kExitRefused) {
    attempt.status = StageStatus::kRefused;
  } else if (stop_ == Stop::kCancel || exit_->code == kExitTaken) {
    attempt.status = StageStatus::kCancelled;
  } else if (stop_ == Stop::kHandBack) {
    attempt.status = StageStatus::kInterrupted;
    attempt.detail = "the server was stopped";
  } else if (stop_ == Stop::kTimeout) {
    attempt.detail = fmt::format("took longer than {} s", options_.stage_timeout.count());
  }
}

/// What it means for the run.
void RunExecution::decide(const StageAttempt& attempt) {
  if (attempt.status == StageStatus::kSucceeded) ++next_stage_;
  if (attempt.status == StageStatus::kRefused) verdict_ = RunStatus::kRefused;
  if (attempt.exit_code == kExitTaken) verdict_ = RunStatus::kCancelled;
  if (attempt.status == StageStatus::kFailed) {
    const auto failures = count(attempt.stage, StageStatus::kFailed);
    if (needs_a_human(attempt) || failures > options_.stage_retries_max) {
      verdict_ = RunStatus::kFailed;
    } else {
      retry_at_ = ports_.clock.steady() + backoff(options_.retry_backoff, failures);
    }
  }
  if (verdict_) run_.detail = fmt::format("stage {}: {}", attempt.stage, attempt.detail);
}

Result<bool> RunExecution::conclude() {
  StageAttempt ended = *attempt_;
  judge(ended);
  MARQUEE_CHECK(ports_.store.put_stage(ports_.token, run_.id, ended));
  attempts_.push_back(ended);
  attempt_.reset();
  child_.reset();
  exit_.reset();
  start_failure_.clear();
  if (stop_ != Stop::kHandBack) stop_ = Stop::kNone;
  decide(ended);
  return advance();
}

Result<bool> RunExecution::finish() {
  Run ended = run_;
  ended.status = *verdict_;
  if (ended.status == RunStatus::kSucceeded) ended.detail.clear();
  if (ended.cancel_requested && ended.status == RunStatus::kCancelled) {
    ended.detail = "cancelled by an operator";
  }
  if (!is_active(ended.status)) ended.ended_at_ms = ports_.clock.wall_ms();
  MARQUEE_CHECK(ports_.store.update(ports_.token, ended));
  run_ = std::move(ended);
  return true;
}

/// Attempts of this round with that status.
std::int32_t RunExecution::count(std::string_view stage, StageStatus status) const {
  return static_cast<std::int32_t>(
      std::count_if(attempts_.begin(), attempts_.end(), [&](const StageAttempt& attempt) {
        return attempt.stage == stage && attempt.round == run_.round && attempt.status == status;
      }));
}

std::int32_t RunExecution::next_attempt(std::string_view stage) const {
  std::int32_t last = 0;
  for (const StageAttempt& attempt : attempts_) {
    if (attempt.stage == stage) last = std::max(last, attempt.attempt);
  }
  return last + 1;
}

}  // namespace marquee::scheduling
