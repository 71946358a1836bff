#include "scheduling/scheduler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "scheduling/logical_date.h"
#include "scheduling/pipeline.h"
#include "telemetry/log.h"

namespace marquee::scheduling {
namespace {

using telemetry::Level;

constexpr std::chrono::milliseconds kBusyPoll{200};
constexpr std::chrono::milliseconds kIdlePoll{1'000};
/// How often stop() looks whether the stage has ended before it ends it.
constexpr int kStopLooks = 50;
/// A schedule dealt with so far ahead of the clock: the clock was set back.
constexpr std::int64_t kAheadMsMax = kMillisecondsPerDay;

std::string pipeline_name() { return std::string(kBatchPipeline); }

Run new_run(std::string id, RunTrigger trigger, std::int64_t now_ms, std::int64_t due_ms) {
  Run run;
  run.id = std::move(id);
  run.pipeline = pipeline_name();
  run.trigger = trigger;
  run.logical_date = logical_date_of(due_ms);
  run.created_at_ms = now_ms;
  return run;
}

void log_run(const Run& run) {
  const bool well = run.status == RunStatus::kSucceeded || is_active(run.status);
  telemetry::log(well ? Level::kInfo : Level::kWarning, "scheduling",
                 fmt::format("run {} of {}: {}{}{}", run.id, run.logical_date,
                             to_string(run.status), run.detail.empty() ? "" : ": ", run.detail));
}

}  // namespace

Scheduler::Scheduler(const Ports& ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      metrics_(ports.metrics),
      lease_(ports.store, ports.clock, options_.holder, options_.lease_ttl) {}

Scheduler::~Scheduler() { stop(); }

void Scheduler::start() {
  step();
  thread_ = std::thread([this] { loop(); });
}

void Scheduler::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto wait = step();
    lock.lock();
    wake_.wait_for(lock, wait, [this] { return stopping_ || woken_; });
    woken_ = false;
  }
}

void Scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  if (execution_ != nullptr) execution_->hand_back();
  for (int looks = 0; execution_ != nullptr && looks < kStopLooks; ++looks) {
    const auto done = execution_->advance();
    if (!done.ok() || *done) {
      execution_.reset();
    } else {
      std::this_thread::sleep_for(kBusyPoll / 2);
    }
  }
  execution_.reset();  // ends what did not end when asked
  lease_.release();
}

std::chrono::milliseconds Scheduler::step() {
  const std::lock_guard lock(mutex_);
  metrics_.show_age(ports_.clock.wall_ms());
  const auto token = lease_.hold();
  if (!token.ok()) note(token.error());
  if (!token.ok() || !*token) {
    execution_.reset();  // another may be at it already
    acting_as_.reset();
    return kIdlePoll;
  }
  if (const auto worked = work(**token); worked.ok()) {
    last_problem_.clear();
  } else {
    note(worked.error());
    if (worked.error().code == ErrorCode::kFailedPrecondition) {
      lease_.forget();
      execution_.reset();
      acting_as_.reset();
    }
  }
  return execution_ != nullptr ? kBusyPoll : kIdlePoll;
}

/// Once for each problem, not once a step.
void Scheduler::note(const Error& error) {
  if (error.message != last_problem_) {
    telemetry::log(Level::kWarning, "scheduling", error.message);
  }
  last_problem_ = error.message;
}

Result<void> Scheduler::take_over(std::uint64_t token) {
  execution_.reset();
  MARQUEE_TRY(const auto last, ports_.store.last_success(pipeline_name()));
  metrics_.set_last_success(last);
  acting_as_ = token;
  return {};
}

Result<void> Scheduler::work(std::uint64_t token) {
  if (acting_as_ != token) MARQUEE_CHECK(take_over(token));
  if (execution_ == nullptr) MARQUEE_CHECK(choose(token));
  if (execution_ != nullptr) MARQUEE_CHECK(advance(token));
  return {};
}

Result<void> Scheduler::advance(std::uint64_t token) {
  MARQUEE_TRY(const bool done, execution_->advance());
  if (!done) return {};
  const Run run = execution_->run();
  execution_.reset();
  log_run(run);
  metrics_.count(run.status);
  if (run.status == RunStatus::kSucceeded) metrics_.set_last_success(run.ended_at_ms);
  return ports_.store.prune(token, run.pipeline, options_.keep_runs);
}

/// Takes up the active run, after making the one that is due.
Result<void> Scheduler::choose(std::uint64_t token) {
  MARQUEE_TRY(auto run, ports_.store.active(pipeline_name()));
  if (!run && options_.cron) {
    MARQUEE_CHECK(schedule(token));
    MARQUEE_TRY(run, ports_.store.active(pipeline_name()));
  }
  if (!run) return {};
  if (run->status == RunStatus::kRunning) {
    telemetry::log(Level::kWarning, "scheduling",
                   fmt::format("run {} was interrupted: it goes on", run->id));
  }
  const RunExecution::Ports ports{ports_.store, ports_.runner, ports_.clock, token};
  MARQUEE_TRY(execution_, RunExecution::begin(ports, options_.execution, *std::move(run)));
  return {};
}

/// Makes the run of the tick that is due, if any.
Result<void> Scheduler::schedule(std::uint64_t token) {
  const std::int64_t now = ports_.clock.wall_ms();
  const std::string pipeline = pipeline_name();
  MARQUEE_TRY(const auto dealt_until, ports_.store.dealt_until(pipeline));
  if (!dealt_until || *dealt_until > now + kAheadMsMax) {
    return ports_.store.set_dealt_until(token, pipeline, now);
  }
  const auto tick =
      due_tick(*options_.cron, *dealt_until, now, options_.catch_up, options_.catch_up_max);
  if (!tick) return {};
  Run run = new_run(scheduled_run_id(*options_.cron, *tick), RunTrigger::kScheduled, now, *tick);
  run.due_at_ms = tick;
  MARQUEE_TRY(const auto known, ports_.store.find(run.id));
  if (known) return ports_.store.set_dealt_until(token, pipeline, *tick);
  telemetry::log(Level::kInfo, "scheduling",
                 fmt::format("run {} is due since {}", run.id, format_rfc3339(*tick)));
  return ports_.store.create(token, run);
}

Result<std::uint64_t> Scheduler::writing_token() const {
  if (const auto token = lease_.token()) return *token;
  MARQUEE_TRY(const auto lease, ports_.store.lease());
  return Error{ErrorCode::kUnavailable,
               lease ? fmt::format("scheduler {} holds the lease until {}: try again then",
                                   lease->holder, format_rfc3339(lease->expires_at_ms))
                     : std::string("the scheduler is starting: try again in a moment")};
}

Result<Run> Scheduler::find(const std::string& run_id) const {
  MARQUEE_TRY(auto run, ports_.store.find(run_id));
  if (run) return *std::move(run);
  return Error{ErrorCode::kNotFound, fmt::format("there is no run '{}'", run_id)};
}

Result<Run> Scheduler::trigger(std::string_view pipeline, const RunParams& params) {
  if (pipeline != kBatchPipeline) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no pipeline '{}': want {}", pipeline, kBatchPipeline)};
  }
  if (params.logical_date) MARQUEE_CHECK(check_logical_date(*params.logical_date));
  const std::lock_guard lock(mutex_);
  MARQUEE_TRY(const std::uint64_t token, writing_token());
  const std::int64_t now = ports_.clock.wall_ms();
  Run run = new_run(manual_run_id(now), RunTrigger::kManual, now, now);
  if (params.logical_date) {
    run.logical_date = *params.logical_date;
    run.params = fmt::format(R"({{"logical_date":"{}"}})", run.logical_date);
  }
  const std::string first_id = run.id;
  for (int number = 2;; ++number) {  // a second in which several runs began and ended
    MARQUEE_TRY(const auto known, ports_.store.find(run.id));
    if (!known) break;
    run.id = fmt::format("{}-{}", first_id, number);
  }
  MARQUEE_CHECK(ports_.store.create(token, run));
  woken_ = true;
  wake_.notify_all();
  return run;
}

Result<Run> Scheduler::cancel(const std::string& run_id) {
  const std::lock_guard lock(mutex_);
  MARQUEE_TRY(Run run, find(run_id));
  if (!is_active(run.status)) {
    return Error{ErrorCode::kConflict,
                 fmt::format("run '{}' is {} already", run_id, to_string(run.status))};
  }
  MARQUEE_TRY(const std::uint64_t token, writing_token());
  woken_ = true;
  wake_.notify_all();
  if (execution_ != nullptr && execution_->run().id == run_id) {
    MARQUEE_CHECK(execution_->cancel());
    return execution_->run();
  }
  run.cancel_requested = true;  // taken up by the next step
  MARQUEE_CHECK(ports_.store.update(token, run));
  return run;
}

Result<Run> Scheduler::retry(const std::string& run_id) {
  const std::lock_guard lock(mutex_);
  MARQUEE_TRY(Run run, find(run_id));
  if (run.status != RunStatus::kFailed && run.status != RunStatus::kCancelled) {
    return Error{ErrorCode::kConflict,
                 fmt::format("run '{}' is {}: only failed and cancelled runs are retried", run_id,
                             to_string(run.status))};
  }
  MARQUEE_TRY(const std::uint64_t token, writing_token());
  run.trigger = RunTrigger::kRetry;
  run.status = RunStatus::kQueued;
  run.cancel_requested = false;
  run.detail.clear();
  run.ended_at_ms.reset();
  ++run.round;
  MARQUEE_CHECK(ports_.store.update(token, run));
  woken_ = true;
  wake_.notify_all();
  return run;
}

}  // namespace marquee::scheduling
