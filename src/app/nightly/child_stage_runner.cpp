#include "app/nightly/child_stage_runner.h"

#include <utility>

#include "app/nightly/stage_lock.h"
#include "app/nightly/stage_process.h"
#include "telemetry/log.h"

namespace marquee::app {

ChildStageRunner::ChildStageRunner(Options options) : options_(std::move(options)) {
  if (!end_left_stage(lock_file())) return;
  telemetry::log(telemetry::Level::kWarning, "scheduling",
                 "ended a stage that an earlier server left running");
}

Result<std::unique_ptr<scheduling::RunningStage>> ChildStageRunner::start(
    const scheduling::StageOrder& order) {
  std::vector<std::string> arguments{
      "batch",          order.stage,        "--run-id", order.run_id,
      "--logical-date", order.logical_date, "--data",   options_.directory.string(),
      "--by",           "scheduler"};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  end_left_stage(lock_file());  // what an earlier stage has started and not ended
  MARQUEE_TRY(const StageLock lock, StageLock::take(lock_file()));
  MARQUEE_TRY(auto process,
              StageProcess::spawn(options_.program, arguments, options_.niceness, &lock));
  return std::unique_ptr<scheduling::RunningStage>(std::move(process));
}

}  // namespace marquee::app
