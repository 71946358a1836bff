#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace marquee::scheduling {

/// What a stage is asked to do.
struct StageOrder {
  std::string pipeline;  ///< "batch"
  std::string stage;     ///< "train"
  std::string run_id;    ///< every attempt of a run has the same: stages are idempotent under it
  std::string logical_date;  ///< "2026-11-24"
};

/// How a stage ended: by an exit code, or without one by a signal.
struct StageExit {
  std::optional<std::int32_t> code;
  std::int32_t signal = 0;
};

/// The exit codes of the process contract (docs/operating.md) that are not 0 or 1.
inline constexpr std::int32_t kExitUsage = 2;
inline constexpr std::int32_t kExitRefused = 3;
inline constexpr std::int32_t kExitDamaged = 4;
inline constexpr std::int32_t kExitTaken = 5;  ///< another scheduler has begun the run

/// A stage under way. Destroying it ends it at once and waits until it is gone. One thread.
class RunningStage {
 public:
  RunningStage() = default;
  RunningStage(const RunningStage&) = delete;
  RunningStage& operator=(const RunningStage&) = delete;
  virtual ~RunningStage() = default;

  /// The whole lines it has printed since the last call; after its end also an unfinished one.
  /// Never waits.
  virtual std::vector<std::string> take_lines() = 0;
  /// How it ended; none while it runs. Never waits.
  virtual std::optional<StageExit> poll() = 0;
  /// Asks it to end.
  virtual void terminate() = 0;
  /// Ends it.
  virtual void kill() = 0;
};

/// Starts stages. src/app implements it with child processes, tests with a fake.
class StageRunner {
 public:
  StageRunner() = default;
  StageRunner(const StageRunner&) = delete;
  StageRunner& operator=(const StageRunner&) = delete;
  virtual ~StageRunner() = default;

  virtual Result<std::unique_ptr<RunningStage>> start(const StageOrder& order) = 0;
};

}  // namespace marquee::scheduling
