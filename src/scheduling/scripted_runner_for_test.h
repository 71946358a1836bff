#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduling/stage_runner.h"

namespace marquee::scheduling {

/// Stages that do what a test tells them. A stage with planned exits ends by itself as soon as it
/// is looked at; without, it runs until end(), or until it is asked to end and obeys.
class ScriptedRunner final : public StageRunner {
 public:
  struct Stage {
    StageOrder order;
    std::vector<std::string> lines;
    std::optional<StageExit> exit;
    bool obeys = true;
    int terminations = 0;
    int kills = 0;
    bool destroyed = false;
  };

  /// The next attempts of `stage` exit with these codes.
  void plan(const std::string& stage, std::initializer_list<int> codes) {
    for (const int code : codes) plans_[stage].push_back(code);
  }
  /// Stages without a plan succeed by themselves.
  void succeed_by_default(bool yes = true) { default_success_ = yes; }
  void fail_next_start(Error error) { start_error_ = std::move(error); }
  void obey(bool yes) { obeys_ = yes; }

  /// The stage that was started last.
  Stage& last() { return *started_.back(); }
  void print(std::string line) { last().lines.push_back(std::move(line)); }
  void end(int code) { last().exit = StageExit{code, 0}; }
  void end_by_signal(int signal) { last().exit = StageExit{std::nullopt, signal}; }

  const std::vector<std::shared_ptr<Stage>>& started() const { return started_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& stage : started_) names.push_back(stage->order.stage);
    return names;
  }
  /// Stages that were not waited for to their end.
  int alive() const {
    int count = 0;
    for (const auto& stage : started_) count += stage->exit || stage->destroyed ? 0 : 1;
    return count;
  }

  Result<std::unique_ptr<RunningStage>> start(const StageOrder& order) override {
    if (start_error_) return *std::exchange(start_error_, std::nullopt);
    auto stage = std::make_shared<Stage>();
    stage->order = order;
    stage->obeys = obeys_;
    auto& plan = plans_[order.stage];
    if (!plan.empty()) {
      stage->exit = StageExit{plan.front(), 0};
      plan.pop_front();
    } else if (default_success_) {
      stage->exit = StageExit{0, 0};
    }
    started_.push_back(stage);
    return std::unique_ptr<RunningStage>(std::make_unique<Running>(stage));
  }

 private:
  class Running final : public RunningStage {
   public:
    explicit Running(std::shared_ptr<Stage> stage) : stage_(std::move(stage)) {}
    ~Running() override { stage_->destroyed = true; }
    std::vector<std::string> take_lines() override { return std::exchange(stage_->lines, {}); }
    std::optional<StageExit> poll() override { return stage_->exit; }
    void terminate() override {
      ++stage_->terminations;
      if (stage_->obeys && !stage_->exit) stage_->exit = StageExit{std::nullopt, 15};
    }
    void kill() override {
      ++stage_->kills;
      if (!stage_->exit) stage_->exit = StageExit{std::nullopt, 9};
    }

   private:
    std::shared_ptr<Stage> stage_;
  };

  std::map<std::string, std::deque<int>> plans_;
  std::vector<std::shared_ptr<Stage>> started_;
  std::optional<Error> start_error_;
  bool default_success_ = false;
  bool obeys_ = true;
};

}  // namespace marquee::scheduling
