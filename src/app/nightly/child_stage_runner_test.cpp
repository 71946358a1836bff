// Goal: a stage is a process that gets its order, whose output and end come back whole, and that
// never outlives whoever may end it. A shell script stands for the program.

#include "app/nightly/child_stage_runner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "app/nightly/stage_lock.h"
#include "app/nightly/stage_process.h"
#include "testing/temporary_directory.h"

namespace marquee::app {
namespace {

using scheduling::RunningStage;
using scheduling::StageExit;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Lines = std::vector<std::string>;

const scheduling::StageOrder kOrder{"batch", "train", "2026-11-24", "2026-11-24"};

/// Looks until `done`, for as long as the slowest machine may need.
bool eventually(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class ChildStageRunnerTest : public ::testing::Test {
 protected:
  /// A program in shell; it gets what `marquee` would.
  std::string program(const std::string& body) const {
    const auto path = directory_.path() / "program";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  std::unique_ptr<RunningStage> start(const std::string& body, Lines arguments = {}) const {
    ChildStageRunner runner({program(body), directory_.path(), std::move(arguments)});
    auto started = runner.start(kOrder);
    EXPECT_TRUE(started.ok());
    return std::move(started).value();
  }
  std::filesystem::path lock_file() const { return directory_.path() / "stage.lock"; }
  /// A stage of a server that died the moment it had started it.
  std::unique_ptr<StageProcess> left(const std::string& body) const {
    const auto lock = StageLock::take(lock_file());
    EXPECT_TRUE(lock.ok());
    auto process = StageProcess::spawn(program(body), {}, 0, &*lock);
    EXPECT_TRUE(process.ok());
    return std::move(process).value();
  }
  /// How it ends, and all it printed.
  static std::pair<StageExit, Lines> watch(RunningStage& stage) {
    Lines all;
    std::optional<StageExit> exit;
    EXPECT_TRUE(eventually([&] {
      exit = stage.poll();
      for (std::string& line : stage.take_lines()) all.push_back(std::move(line));
      return exit.has_value();
    }));
    return {exit.value_or(StageExit{}), all};
  }
  /// Waits for the first line it prints.
  static std::string first_line(RunningStage& stage) {
    Lines lines;
    EXPECT_TRUE(eventually([&] {
      lines = stage.take_lines();
      return !lines.empty();
    }));
    return lines.empty() ? "" : lines.front();
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(ChildStageRunnerTest, HandsTheOrderToTheProgram) {
  const auto stage =
      start("for word in \"$@\"; do echo \"$word\"; done", {"--set", "train.rank=8"});
  const auto [exit, lines] = watch(*stage);
  EXPECT_EQ(exit.code, 0);
  EXPECT_THAT(lines, ElementsAre("batch", "train", "--run-id", "2026-11-24", "--logical-date",
                                 "2026-11-24", "--data", directory_.path().string(), "--by",
                                 "scheduler", "--set", "train.rank=8"));
}

TEST_F(ChildStageRunnerTest, BringsBackBothOutputsAndTheUnfinishedLastLine) {
  const auto [exit, lines] = watch(*start("echo out; echo err >&2; printf 'no end'; exit 3"));
  EXPECT_EQ(exit.code, 3);
  EXPECT_THAT(lines, ElementsAre("out", "err", "no end"));
}

TEST_F(ChildStageRunnerTest, LosesNothingOfALongOutput) {
  const auto [exit, lines] =
      watch(*start("i=0; while [ $i -lt 20000 ]; do echo line $i; "
                   "i=$((i+1)); done"));
  ASSERT_EQ(lines.size(), 20'000U);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], "line " + std::to_string(i));
}

TEST_F(ChildStageRunnerTest, CutsAnEndlessLineInPieces) {
  const auto [exit, lines] = watch(*start("printf '%05000d\\r\\nend\\n' 7"));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].size(), 2'000U);
  EXPECT_EQ(lines[0] + lines[1] + lines[2], std::string(4'999, '0') + "7");
  EXPECT_EQ(lines[3], "end");
}

TEST_F(ChildStageRunnerTest, TellsWhichSignalEndedIt) {
  const auto [exit, lines] = watch(*start("kill -SEGV $$"));
  EXPECT_EQ(exit.code, std::nullopt);
  EXPECT_EQ(exit.signal, SIGSEGV);
}

TEST_F(ChildStageRunnerTest, LetsTheStageTidyUpWhenAskedToEnd) {
  const auto stage =
      start("trap 'echo tidied; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
  EXPECT_EQ(first_line(*stage), "ready");
  stage->terminate();
  const auto [exit, lines] = watch(*stage);
  EXPECT_EQ(exit.code, 7);
  EXPECT_THAT(lines, Contains("tidied"));
}

TEST_F(ChildStageRunnerTest, EndsAStageThatDoesNotListen) {
  const auto stage = start("trap '' TERM; echo ready; while :; do sleep 0.05; done");
  EXPECT_EQ(first_line(*stage), "ready");
  stage->terminate();
  EXPECT_FALSE(stage->poll().has_value());
  stage->kill();
  EXPECT_EQ(watch(*stage).first.signal, SIGKILL);
}

TEST_F(ChildStageRunnerTest, BlocksAndIgnoresNoSignalInTheStageThoughTheServerDoes) {
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);
  const auto on_pipe = std::signal(SIGPIPE, SIG_IGN);
  const auto process = StageProcess::spawn("/bin/cat", {"/proc/self/status"}, 0);
  std::signal(SIGPIPE, on_pipe);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(process.ok());
  const auto [exit, lines] = watch(**process);
  EXPECT_THAT(lines, Contains("SigBlk:\t0000000000000000"));
  const auto ignored = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("SigIgn:\t");
  });
  ASSERT_NE(ignored, lines.end());
  EXPECT_EQ(std::stoull(ignored->substr(8), nullptr, 16) & (1U << (SIGPIPE - 1U)), 0U);
}

TEST_F(ChildStageRunnerTest, RunsItBelowTheServersPriorityInAGroupOfItsOwn) {
  const auto process = StageProcess::spawn(program("echo ready; sleep 60"), {}, 10);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ(first_line(**process), "ready");
  const pid_t pid = (*process)->pid();
  EXPECT_EQ(::getpgid(pid), pid);
  EXPECT_GE(::getpriority(PRIO_PROCESS, static_cast<id_t>(pid)), 10);
}

TEST_F(ChildStageRunnerTest, GivesItNoFileOfTheServers) {
  std::ofstream held(directory_.path() / "held");
  const auto [exit, lines] = watch(*start("ls -l /proc/$$/fd"));
  EXPECT_EQ(exit.code, 0);
  EXPECT_THAT(lines, Contains(HasSubstr("/dev/null"))) << "its stdin";
  EXPECT_THAT(lines, Contains(HasSubstr("stage.lock")));
  EXPECT_THAT(lines, Each(Not(HasSubstr("held"))));
}

TEST_F(ChildStageRunnerTest, EndsWithTheObjectWhateverItDoes) {
  auto stage = start("trap '' TERM; echo $$; while :; do sleep 0.05; done");
  const pid_t pid = std::stoi(first_line(*stage));
  EXPECT_FALSE(StageLock::take(lock_file()).ok());
  stage.reset();
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_TRUE(eventually([&] { return StageLock::take(lock_file()).ok(); }))
      << "what it had started, killed with it, ends a moment later";
}

TEST_F(ChildStageRunnerTest, SaysWhatItCannotStart) {
  ChildStageRunner runner({"/nowhere/marquee", directory_.path(), {}});
  const auto started = runner.start(kOrder);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr("/nowhere/marquee"));
}

TEST_F(ChildStageRunnerTest, EndsWhatAKilledServerHasLeftRunning) {
  const auto process = left("echo ready; sleep 600 & wait");
  EXPECT_EQ(first_line(*process), "ready");
  const ChildStageRunner next({"/bin/true", directory_.path(), {}});
  EXPECT_EQ(watch(*process).first.signal, SIGKILL);
  EXPECT_TRUE(StageLock::take(lock_file()).ok()) << "what it had started goes on";
}

TEST_F(ChildStageRunnerTest, EndsItAlsoWhenItHasOnlyJustBeenStarted) {
  for (int round = 0; round < 20; ++round) {
    const auto process = left("while :; do sleep 600; done");
    EXPECT_TRUE(end_left_stage(lock_file()));
    EXPECT_EQ(watch(*process).first.signal, SIGKILL);
  }
}

TEST_F(ChildStageRunnerTest, EndsWhatAStageLeftBehindBeforeItStartsTheNext) {
  auto stage = start("setsid sleep 600 & echo ready");
  EXPECT_EQ(watch(*stage).first.code, 0);
  EXPECT_FALSE(StageLock::take(lock_file()).ok());
  EXPECT_EQ(watch(*start("exit 0")).first.code, 0);
  EXPECT_TRUE(StageLock::take(lock_file()).ok());
}

TEST_F(ChildStageRunnerTest, EndsNobodyWhenNoStageIsLeft) {
  EXPECT_FALSE(end_left_stage(lock_file())) << "no file";
  ASSERT_TRUE(StageLock::take(lock_file()).ok());
  EXPECT_FALSE(end_left_stage(lock_file())) << "nobody has it";
}

TEST_F(ChildStageRunnerTest, LeavesAProcessAloneThatOnlyHasTheFileOpen) {
  const std::ofstream made(lock_file());
  const auto reader = StageProcess::spawn(
      program("exec 3< " + lock_file().string() + "; echo ready; sleep 600"), {}, 0);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(first_line(**reader), "ready");
  const auto stage = left("sleep 600");
  EXPECT_TRUE(end_left_stage(lock_file()));
  EXPECT_EQ(watch(*stage).first.signal, SIGKILL);
  EXPECT_FALSE((*reader)->poll().has_value());
}

TEST_F(ChildStageRunnerTest, SaysWhenTheFileOfTheLockCannotBeOpened) {
  ChildStageRunner runner({"/bin/true", directory_.path() / "nowhere", {}});
  const auto started = runner.start(kOrder);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr("nowhere/stage.lock"));
}

}  // namespace
}  // namespace marquee::app
