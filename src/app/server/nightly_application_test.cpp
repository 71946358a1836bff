// Goal: the running server takes the night through its stages as processes, and the commands of
// operators reach it. A shell script stands for the stages.

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/server/application.h"
#include "app/small_dataset_fixture.h"

namespace marquee::app {
namespace {

using commands::RunsAction;
using commands::RunsOptions;
using ::testing::HasSubstr;

class NightlyApplicationTest : public SmallDatasetTest {
 protected:
  /// The stages do `body`; the stage's name is $2.
  void stages_do(const std::string& body) {
    std::filesystem::create_directories(root_);
    const auto path = root_ / "stages";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    loaded_.settings.scheduler_stage_program = path.string();
  }
  std::unique_ptr<Application> serve() {
    auto started = Application::start(loaded_.settings, {"--set", "train.rank=4"});
    EXPECT_TRUE(started.ok()) << started.error().message;
    return std::move(started).value();
  }
  /// What the command prints; a failure of it when it fails.
  std::string run(RunsOptions options) {
    ::testing::internal::CaptureStdout();
    const auto done = commands::runs(loaded_, options);
    const std::string out = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(done.ok()) << done.error().message;
    return out;
  }
  Result<void> try_run(RunsOptions options) {
    ::testing::internal::CaptureStdout();
    auto done = commands::runs(loaded_, options);
    (void)::testing::internal::GetCapturedStdout();
    return done;
  }
  static RunsOptions of(RunsAction action, std::string id = "", bool json = false) {
    RunsOptions options;
    options.action = action;
    options.id = std::move(id);
    options.json = json;
    return options;
  }
  /// Starts a run once the scheduler holds its lease; its id.
  std::string trigger() {
    std::string id;
    EXPECT_TRUE(eventually([&] {
      ::testing::internal::CaptureStdout();
      const auto done = commands::runs(loaded_, of(RunsAction::kTrigger));
      id = ::testing::internal::GetCapturedStdout();
      return done.ok();
    }));
    return id.substr(0, id.find(' '));
  }
  bool becomes(const std::string& id, const std::string& status) {
    return eventually([&] {
      return run(of(RunsAction::kShow, id, true)).find("\"status\":\"" + status + "\",\"cancel") !=
             std::string::npos;
    });
  }
  static bool eventually(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }
};

TEST_F(NightlyApplicationTest, TakesATriggeredRunThroughAllItsStages) {
  stages_do("echo \"$2 of $4\"; echo \"${11} ${12}\"");
  const auto application = serve();
  const std::string id = trigger();
  ASSERT_TRUE(becomes(id, "succeeded"));
  const std::string shown = run(of(RunsAction::kShow, id));
  for (const char* stage : {"archive", "train", "evaluate", "generate", "publish", "invalidate"}) {
    EXPECT_THAT(shown, HasSubstr(stage));
  }
  const std::string log = run(of(RunsAction::kLogs, id));
  EXPECT_THAT(log, HasSubstr("generate: generate of " + id));
  EXPECT_THAT(log, HasSubstr("--set train.rank=4"));
  RunsOptions one = of(RunsAction::kLogs, id, true);
  one.stage = "publish";
  EXPECT_THAT(run(one), HasSubstr("\"text\":\"publish of " + id));
  EXPECT_THAT(run(of(RunsAction::kList)), HasSubstr(id));
  EXPECT_EQ(try_run(of(RunsAction::kRetry, id)).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(NightlyApplicationTest, ShowsWhyARunWasRefused) {
  stages_do("test \"$2\" != evaluate || { echo 'NDCG fell by 0.1'; exit 3; }");
  const auto application = serve();
  const std::string id = trigger();
  ASSERT_TRUE(becomes(id, "refused"));
  EXPECT_THAT(run(of(RunsAction::kShow, id)),
              HasSubstr("refused: stage evaluate: exit code 3: NDCG fell by 0.1"));
  RunsOptions refused = of(RunsAction::kList);
  refused.status = "refused";
  EXPECT_THAT(run(refused), HasSubstr(id));
  refused.status = "failed";
  EXPECT_THAT(run(refused), HasSubstr("no run yet"));
}

TEST_F(NightlyApplicationTest, CancelsAndRetriesOnCommand) {
  stages_do("test -e \"$8/go\" || while :; do sleep 0.05; done");
  const auto application = serve();
  const std::string id = trigger();
  ASSERT_TRUE(becomes(id, "running"));
  EXPECT_EQ(try_run(of(RunsAction::kTrigger)).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(run(of(RunsAction::kCancel, id)), HasSubstr("is being cancelled"));
  ASSERT_TRUE(becomes(id, "cancelled"));
  std::ofstream(std::filesystem::path(loaded_.settings.data_dir) / "go") << "";
  EXPECT_THAT(run(of(RunsAction::kRetry, id)), HasSubstr("is queued"));
  ASSERT_TRUE(becomes(id, "succeeded"));
}

TEST_F(NightlyApplicationTest, GoesOnWithTheRunAfterARestart) {
  stages_do("test -e \"$8/go\" || test \"$2\" = archive || while :; do sleep 0.05; done");
  auto application = serve();
  const std::string id = trigger();
  ASSERT_TRUE(eventually(
      [&] { return run(of(RunsAction::kShow, id)).find("train") != std::string::npos; }));
  application.reset();
  EXPECT_THAT(run(of(RunsAction::kShow, id)), HasSubstr("interrupted")) << "readable without it";
  std::ofstream(std::filesystem::path(loaded_.settings.data_dir) / "go") << "";
  application = serve();
  ASSERT_TRUE(becomes(id, "succeeded"));
}

TEST_F(NightlyApplicationTest, RefusesCommandsThatCannotWork) {
  EXPECT_EQ(try_run(of(RunsAction::kList)).error().code, ErrorCode::kNotFound);
  const auto alone = try_run(of(RunsAction::kTrigger));
  EXPECT_EQ(alone.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(alone.error().message, HasSubstr("marquee serve"));
  EXPECT_EQ(try_run(of(RunsAction::kShow, "no id")).error().code, ErrorCode::kInvalidArgument);
  RunsOptions wrong = of(RunsAction::kTrigger);
  wrong.logical_date = "2026-02-30";
  EXPECT_EQ(try_run(wrong).error().code, ErrorCode::kInvalidArgument);
  loaded_.settings.server_roles = "api,speed";
  const auto application = serve();
  EXPECT_EQ(try_run(of(RunsAction::kShow, "nobody")).error().code, ErrorCode::kNotFound);
  wrong = of(RunsAction::kList);
  wrong.status = "done";
  EXPECT_EQ(try_run(wrong).error().code, ErrorCode::kInvalidArgument);
  const auto no_role = try_run(of(RunsAction::kTrigger));
  EXPECT_EQ(no_role.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(no_role.error().message, HasSubstr("role scheduler"));
}

TEST_F(NightlyApplicationTest, DoesNotStartWithAScheduleThatIsNone) {
  loaded_.settings.scheduler_cron = "at night";
  const auto started = Application::start(loaded_.settings);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(loaded_.settings.data_dir)) << "nothing was touched";
}

}  // namespace
}  // namespace marquee::app
