#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee {

/// queued and running are active; the others are final, though failed and cancelled can be queued
/// again. refused: a quality gate said no, which is no failure of the run.
enum class RunStatus { kQueued, kRunning, kSucceeded, kFailed, kRefused, kCancelled };
std::string_view to_string(RunStatus status);
std::optional<RunStatus> parse_run_status(std::string_view text);
/// True for queued and running.
bool is_active(RunStatus status);

/// What queued the run last.
enum class RunTrigger { kScheduled, kManual, kRetry };
std::string_view to_string(RunTrigger trigger);
std::optional<RunTrigger> parse_run_trigger(std::string_view text);

/// interrupted: its process or its scheduler died, or the server was stopped; it is run again.
enum class StageStatus { kRunning, kSucceeded, kFailed, kRefused, kCancelled, kInterrupted };
std::string_view to_string(StageStatus status);
std::optional<StageStatus> parse_stage_status(std::string_view text);

/// One attempt of one stage.
struct StageAttempt {
  std::string stage;         ///< "train"
  std::int32_t attempt = 1;  ///< 1, 2, … over the whole life of the run
  std::int32_t round = 1;    ///< the run's round in which it was made
  StageStatus status = StageStatus::kRunning;
  std::optional<std::int32_t> exit_code;  ///< none when a signal ended it or it never started
  std::string detail;                     ///< why, in words, when it did not succeed
  std::int64_t started_at_ms = 0;
  std::optional<std::int64_t> ended_at_ms;

  bool operator==(const StageAttempt&) const = default;
};

/// One run of a pipeline.
struct Run {
  std::string id;            ///< "2026-11-24", "manual-20261125T101500Z"; grammar of is_valid_id
  std::string pipeline;      ///< "batch"
  std::string logical_date;  ///< the UTC day it stands for, "2026-11-24"
  RunTrigger trigger = RunTrigger::kManual;
  RunStatus status = RunStatus::kQueued;
  std::string params = "{}";  ///< as the trigger gave them, a JSON object
  bool cancel_requested = false;
  std::int32_t round = 1;  ///< one more each time it is queued again by hand
  std::string detail;      ///< why it did not succeed
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> due_at_ms;  ///< the tick of the schedule that made it
  std::optional<std::int64_t> started_at_ms;
  std::optional<std::int64_t> ended_at_ms;

  bool operator==(const Run&) const = default;
};

struct RunPage {
  std::vector<Run> runs;                     ///< newest first
  std::optional<std::uint64_t> next_before;  ///< for the next page; none on the last
};

/// One line that a stage printed.
struct RunLogLine {
  std::uint64_t seq = 0;  ///< 1, 2, … within its run
  std::string stage;
  std::int32_t attempt = 1;
  std::int64_t at_ms = 0;
  std::string text;

  bool operator==(const RunLogLine&) const = default;
};

inline constexpr std::size_t kRunLogLineBytesMax = 2'000;
/// Lines kept of a run; the oldest go first.
inline constexpr std::size_t kRunLogLinesMax = 10'000;

/// `text` as a store keeps it: at most kRunLogLineBytesMax bytes, cut between characters, with "…".
std::string cut_log_line(std::string_view text);

/// The right to write. `token` grows by one with every takeover; a write with an older one fails.
struct Lease {
  std::string holder;
  std::uint64_t token = 0;
  std::int64_t expires_at_ms = 0;

  bool operator==(const Lease&) const = default;
};

/// The scheduler's memory: runs, the attempts of their stages, what these printed, how far the
/// schedule has been dealt with, and the lease that keeps two schedulers apart. A truth: a write is
/// on stable storage when it returns.
///
/// Every write carries the fencing token of the writer's lease and fails with kFailedPrecondition,
/// changing nothing, when that is not the newest token given out, so that a holder which was paused
/// beyond its lease cannot write over its successor. An expired lease that nobody took still
/// writes. A pipeline has at most one active run, and a run id exists once: kConflict otherwise.
/// Unknown runs are kNotFound. Contract: ports/contract/run_store_contract.h. Threads: any.
class RunStore {
 public:
  RunStore() = default;
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;
  virtual ~RunStore() = default;

  // --- the lease ---------------------------------------------------------------------------------

  /// Takes the lease until now + ttl: with the next token when it is free or expired, with the same
  /// when `holder` has it already. None while another holds it. A lease that ends more than twice
  /// `ttl` ahead counts as expired: the clock was set back under it.
  virtual Result<std::optional<Lease>> acquire(const std::string& holder, std::int64_t ttl_ms,
                                               std::int64_t now_ms) = 0;
  /// Moves the end to now + ttl. kFailedPrecondition when a newer token was given out.
  virtual Result<Lease> renew(std::uint64_t token, std::int64_t ttl_ms, std::int64_t now_ms) = 0;
  /// Frees it at once; does nothing when a newer token was given out.
  virtual Result<void> release(std::uint64_t token) = 0;
  /// The last lease given out, expired or not; none when there never was one.
  virtual Result<std::optional<Lease>> lease() const = 0;

  // --- writes, each under a token ----------------------------------------------------------------

  /// Adds a run. One with `due_at_ms` also marks its pipeline's schedule as dealt with up to there,
  /// in the same step.
  virtual Result<void> create(std::uint64_t token, const Run& run) = 0;
  /// Replaces everything of the run but its place in the list. kConflict when it would become the
  /// second active one of its pipeline.
  virtual Result<void> update(std::uint64_t token, const Run& run) = 0;
  /// Adds the attempt, or replaces it: (run, stage, attempt) is its key.
  virtual Result<void> put_stage(std::uint64_t token, const std::string& run_id,
                                 const StageAttempt& attempt) = 0;
  /// Appends lines to the run's log in this order; `seq` is given here. Keeps kRunLogLinesMax.
  virtual Result<void> append_log(std::uint64_t token, const std::string& run_id,
                                  std::span<const RunLogLine> lines) = 0;
  /// Every tick of the pipeline's schedule up to `ms` has been dealt with, or `ms` is where it
  /// begins anew.
  virtual Result<void> set_dealt_until(std::uint64_t token, const std::string& pipeline,
                                       std::int64_t ms) = 0;
  /// Forgets the oldest finished runs of the pipeline, with their stages and logs, beyond the
  /// newest `keep`.
  virtual Result<void> prune(std::uint64_t token, const std::string& pipeline,
                             std::size_t keep) = 0;

  // --- reads -------------------------------------------------------------------------------------

  virtual Result<std::optional<Run>> find(const std::string& run_id) const = 0;
  /// Runs with this status (any when none), newest first, those before `before` of an earlier page.
  virtual Result<RunPage> list(std::optional<RunStatus> status, std::optional<std::uint64_t> before,
                               std::size_t limit) const = 0;
  /// The active run of the pipeline.
  virtual Result<std::optional<Run>> active(const std::string& pipeline) const = 0;
  /// Attempts of the run's stages in the order in which they were first put. Empty for no such run.
  virtual Result<std::vector<StageAttempt>> stages(const std::string& run_id) const = 0;
  /// Lines of the run (of one stage when given) with seq > `after`, oldest first.
  virtual Result<std::vector<RunLogLine>> log(const std::string& run_id,
                                              const std::optional<std::string>& stage,
                                              std::uint64_t after, std::size_t limit) const = 0;
  /// None before the first set_dealt_until() or scheduled run.
  virtual Result<std::optional<std::int64_t>> dealt_until(const std::string& pipeline) const = 0;
  /// When a run of the pipeline last succeeded.
  virtual Result<std::optional<std::int64_t>> last_success(const std::string& pipeline) const = 0;
};

/// What a write under an old token answers.
Error fenced(std::uint64_t token, std::uint64_t newest);

}  // namespace marquee
