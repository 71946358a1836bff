// Goal: the scheduler does what the settings say, and its stages see the same settings.

#include "app/nightly/nightly.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_directory.h"

namespace marquee::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SchedulerOptions, AreTheNightByDefault) {
  const auto options = scheduler_options({});
  ASSERT_TRUE(options.ok());
  ASSERT_TRUE(options->cron.has_value());
  EXPECT_EQ(options->cron->text(), "0 2 * * *");
  EXPECT_EQ(options->catch_up, scheduling::CatchUp::kLatest);
  EXPECT_EQ(options->execution.stage_retries_max, 2);
  EXPECT_EQ(options->execution.stage_timeout, std::chrono::hours(4));
}

TEST(SchedulerOptions, FollowTheSettings) {
  Settings settings;
  settings.scheduler_cron = "30 4 * * sun";
  settings.scheduler_catch_up = "all";
  settings.scheduler_stage_retries_max = 0;
  settings.scheduler_stage_timeout_s = 60;
  const auto options = scheduler_options(settings);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->cron->text(), "30 4 * * sun");
  EXPECT_EQ(options->catch_up, scheduling::CatchUp::kAll);
  EXPECT_EQ(options->execution.stage_retries_max, 0);
  EXPECT_EQ(options->execution.stage_timeout, std::chrono::seconds(60));
  settings.scheduler_enabled = false;
  EXPECT_FALSE(scheduler_options(settings)->cron.has_value());
}

TEST(SchedulerOptions, NameTheSettingThatIsWrong) {
  Settings settings;
  settings.scheduler_cron = "0 25 * * *";
  EXPECT_EQ(scheduler_options(settings).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(scheduler_options(settings).error().message, HasSubstr("scheduler.cron: "));
  EXPECT_THAT(scheduler_options(settings).error().message, HasSubstr("hour '25'"));
  settings.scheduler_enabled = false;
  EXPECT_FALSE(scheduler_options(settings).ok()) << "a wrong one is told though it is not used";
  settings.scheduler_cron = "0 2 * * *";
  settings.scheduler_catch_up = "some";
  EXPECT_THAT(scheduler_options(settings).error().message, HasSubstr("scheduler.catch_up: "));
}

TEST(StageArguments, AreEmptyWhenNothingWasSaid) {
  EXPECT_THAT(stage_arguments(*load_settings({})), IsEmpty());
}

TEST(StageArguments, PassOnTheFileAndWhatTheCommandLineSaidOfTheStages) {
  const testing::TemporaryDirectory directory;
  const std::string file = (directory.path() / "marquee.toml").string();
  std::ofstream(file) << "[train]\nseed = 7\n";
  SettingSources sources;
  sources.file = file;
  sources.environment = {{"MARQUEE_BATCH__TOP_N", "20"}};
  sources.flags = {{"data_dir", "d"},
                   {"server.port", "0"},
                   {"scheduler.cron", "0 3 * * *"},
                   {"train.rank", "8"},
                   {"serving.batch_weight", "0.5"}};
  const auto loaded = load_settings(sources);
  ASSERT_TRUE(loaded.ok());
  EXPECT_THAT(
      stage_arguments(*loaded),
      ElementsAre("--config", file, "--set", "serving.batch_weight=0.5", "--set", "train.rank=8"));
}

}  // namespace
}  // namespace marquee::app
