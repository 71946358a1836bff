#include "app/child_stage_runner.h"

#include <utility>

#include "app/left_process.h"
#include "app/stage_process.h"
#include "telemetry/log.h"

namespace marquee::app {
namespace {

/// A stage whose process stands in a note until it has been waited for.
class NotedStage final : public scheduling::RunningStage {
 public:
  NotedStage(std::unique_ptr<StageProcess> process, std::filesystem::path note)
      : process_(std::move(process)), note_(std::move(note)) {}
  ~NotedStage() override {
    process_.reset();
    forget_process(note_);
  }

  std::vector<std::string> take_lines() override { return process_->take_lines(); }
  std::optional<scheduling::StageExit> poll() override { return process_->poll(); }
  void terminate() override { process_->terminate(); }
  void kill() override { process_->kill(); }

 private:
  std::unique_ptr<StageProcess> process_;
  const std::filesystem::path note_;
};

}  // namespace

ChildStageRunner::ChildStageRunner(Options options) : options_(std::move(options)) {
  if (!end_noted_process(note())) return;
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
  MARQUEE_TRY(auto process, StageProcess::spawn(options_.program, arguments, options_.niceness));
  MARQUEE_CHECK(note_process(note(), process->pid()));
  return std::unique_ptr<scheduling::RunningStage>(
      std::make_unique<NotedStage>(std::move(process), note()));
}

}  // namespace marquee::app
