#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/run_store.h"
#include "scheduling/stage_runner.h"

namespace marquee::scheduling {

struct ExecutionOptions {
  std::int32_t stage_retries_max = 2;      ///< of a stage that failed, each time the run is queued
  std::chrono::seconds retry_backoff{60};  ///< before the first retry; doubles, up to an hour
  std::chrono::seconds stage_timeout{4 * 3'600};
  std::chrono::seconds kill_after{10};  ///< between asking a stage to end and ending it
  std::int32_t interruptions_max = 5;   ///< a stage that takes the machine down is given up
};

/// Takes one run through its stages, from the first that has not succeeded. Every change is stored
/// before the next one is made; what the store refuses is tried again by the next advance(). Exit
/// code 0 is success, 3 refused and final, 2 and 4 (a human must act) final failures, 5 leaves the
/// run, cancelled, to who has begun it; anything else is tried again. One thread.
class RunExecution {
 public:
  /// What it stands on; all outlive it. `token` is the fencing token of the lease.
  struct Ports {
    RunStore& store;
    StageRunner& runner;
    const Clock& clock;
    std::uint64_t token;
  };

  /// Takes up `run`, which is queued, or running and left behind by a scheduler that is gone: the
  /// attempts it left are marked as interrupted.
  static Result<std::unique_ptr<RunExecution>> begin(const Ports& ports,
                                                     const ExecutionOptions& options, Run run);

  /// Does what can be done now, without waiting. True when the run has ended, or was handed back.
  Result<bool> advance();
  /// Ends the stage under way; the run ends as cancelled. Stored before it is done.
  Result<void> cancel();
  /// Ends the stage under way; the run is queued again as it stands, for the next scheduler.
  void hand_back();
  const Run& run() const { return run_; }

 private:
  /// Why the stage under way was asked to end.
  enum class Stop { kNone, kCancel, kTimeout, kHandBack };

  RunExecution(const Ports& ports, const ExecutionOptions& options, Run run)
      : ports_(ports), options_(options), run_(std::move(run)) {}

  Result<void> take_up();
  Result<bool> start_stage();
  Result<void> drain();
  void enforce_limits();
  void stop_stage(Stop why);
  Result<bool> conclude();
  void judge(StageAttempt& attempt) const;
  void decide(const StageAttempt& attempt);
  Result<bool> finish();
  std::int32_t count(std::string_view stage, StageStatus status) const;
  std::int32_t next_attempt(std::string_view stage) const;

  const Ports ports_;
  const ExecutionOptions options_;
  Run run_;
  std::vector<StageAttempt> attempts_;  ///< all that ended
  std::size_t next_stage_ = 0;          ///< the first that has not succeeded
  std::chrono::steady_clock::time_point retry_at_{};

  std::optional<StageAttempt> attempt_;  ///< the one under way
  std::unique_ptr<RunningStage> child_;
  std::optional<StageExit> exit_;
  std::string start_failure_;
  std::vector<RunLogLine> unsaved_lines_;
  std::string last_line_;
  std::chrono::steady_clock::time_point deadline_{};
  std::chrono::steady_clock::time_point kill_at_{};
  Stop stop_ = Stop::kNone;

  std::optional<RunStatus> verdict_;  ///< how the run ends; only storing it is left
};

}  // namespace marquee::scheduling
