// Goal: the wired program does the main job: import, train, serve, and survive a restart. Runs the
// real parts on a scratch directory and a free port.

#include "app/server/application.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApplicationTest : public SmallDatasetTest {
 protected:
  std::string get(const std::string& target) {
    const auto owner = find_owner(loaded_.settings);
    EXPECT_TRUE(owner.ok() && owner->has_value());
    const auto answer = ask_owner(**owner, "GET", target);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : "";
  }
  void import_and_train() {
    ASSERT_TRUE(commands::import_dataset(loaded_, dataset().string()).ok());
    const auto trained = commands::batch(loaded_, {});
    ASSERT_TRUE(trained.ok()) << trained.error().message;
  }
};

TEST_F(ApplicationTest, ServesAnEmptyDirectoryAndSaysThatThereIsNoModel) {
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  EXPECT_THAT((*application)->warning(), HasSubstr("marquee batch run"));
  EXPECT_EQ(get("/health"), "Gateway OK");
  EXPECT_THAT(get("/api/health"), HasSubstr("\"status\":\"degraded\""));
  EXPECT_THAT(get("/api/recommendations?user_id=nobody"), HasSubstr("\"source\":\"popular\""));
}

TEST_F(ApplicationTest, KnownViewersGetHybridListsFromTheTrainedModel) {
  import_and_train();
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  EXPECT_EQ((*application)->warning(), "");
  const std::string list = get("/api/recommendations?user_id=1&limit=5");
  EXPECT_THAT(list, HasSubstr("\"source\":\"hybrid\""));
  EXPECT_THAT(list, HasSubstr("\"model_version\":\"als_"));
  EXPECT_THAT(get("/api/users/1/history"), HasSubstr("\"event_type\":\"rating\""));
  EXPECT_THAT(get("/api/metrics"), HasSubstr("\"movies\":40"));
}

TEST_F(ApplicationTest, TheSameImportAgainChangesNothingAndAnotherIsRefused) {
  import_and_train();
  EXPECT_TRUE(commands::import_dataset(loaded_, dataset().string()).ok());
  const auto other = commands::import_dataset(loaded_, "synthetic");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(ApplicationTest, ADirectoryHasOneOwner) {
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok());
  const auto second = Application::start(loaded_.settings);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message, HasSubstr((*application)->address()));
}

TEST_F(ApplicationTest, ATakenPortIsNamed) {
  const auto first = Application::start(loaded_.settings);
  ASSERT_TRUE(first.ok());
  Settings other = loaded_.settings;
  other.data_dir = (root_ / "other").string();
  const std::string& address = (*first)->address();
  other.server_port = std::stoi(address.substr(address.rfind(':') + 1));
  const auto second = Application::start(other);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(other.server_port)));
}

TEST_F(ApplicationTest, PublishGoesThroughTheRunningServer) {
  import_and_train();
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok());
  const std::string before = get("/api/admin/models");
  commands::BatchOptions another;  // without a name it has its second's, which may be the first's
  another.run_id = "another";
  const auto trained = commands::batch(loaded_, another);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_NE(get("/api/admin/models"), before);
  const std::string after = get("/api/metrics");
  ASSERT_TRUE(commands::models(loaded_, {commands::ModelsAction::kRollback, "", "", false}).ok());
  EXPECT_NE(get("/api/metrics").substr(after.find("model_version"), 60),
            after.substr(after.find("model_version"), 60));
}

TEST_F(ApplicationTest, ADamagedModelIsToldAndPopularTitlesAreServed) {
  import_and_train();
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root_ / "data" / "lakehouse" / "models")) {
    if (entry.path().filename() != "item_factors.parquet") continue;
    std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
  }
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  EXPECT_THAT((*application)->warning(), HasSubstr("item_factors.parquet"));
  EXPECT_THAT(get("/api/recommendations?user_id=1"), Not(HasSubstr("\"recommendations\":[]")));
}

TEST_F(ApplicationTest, AuditAndRebuildAgreeBesideARunningServerAndWithoutOne) {
  import_and_train();
  {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok());
    EXPECT_TRUE(commands::audit(loaded_, true).ok());
    EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
  }
  EXPECT_TRUE(commands::audit(loaded_, false).ok());
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
  EXPECT_TRUE(commands::rebuild(loaded_, false).ok());
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
  EXPECT_TRUE(commands::log_verify(loaded_, true).ok());
}

TEST_F(ApplicationTest, RebuildVerifyFindsAStateThatWasTamperedWith) {
  import_and_train();
  {
    const auto storage = Storage::open_owner(loaded_.settings);
    ASSERT_TRUE(storage.ok());
    FoldBatch tampered;
    const auto totals = (*storage)->stores->profiles.totals();
    tampered.totals = totals->totals;
    tampered.before = tampered.after = totals->cursor;
    tampered.counts = {{(*storage)->movies.intern(MovieId("1")), 3, 1}};
    ASSERT_TRUE((*storage)->stores->profiles.apply(tampered).ok());
  }
  const auto verified = commands::rebuild(loaded_, true);
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().code, ErrorCode::kDataLoss);
}

TEST_F(ApplicationTest, TheCanaryMeasuresFreshnessAndShowsUpInNoFigureOfViewers) {
  import_and_train();
  loaded_.settings.canary_interval_s = 1;
  auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string metrics = get("/api/metrics");
  while (metrics.find("\"measured\":0") != std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    metrics = get("/api/metrics");
  }
  EXPECT_THAT(metrics, Not(HasSubstr("\"measured\":0")));
  EXPECT_THAT(metrics, HasSubstr("\"visible_ms\":{\"p50\":"));
  EXPECT_THAT(metrics, HasSubstr("\"lists\":0"));
  EXPECT_THAT(metrics, HasSubstr("\"cache_lookups\":0"));
  const auto owner = find_owner(loaded_.settings);
  EXPECT_THAT(ask_owner(**owner, "GET", "/api/users/marquee:canary/history").error().message,
              HasSubstr("422"));
  EXPECT_THAT(get("/metrics"), HasSubstr("marquee_queue_limit{queue=\"log_events\"} 8192"));
  EXPECT_THAT(get("/api/health"), HasSubstr("\"status\":\"ok\""));
  application->reset();
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
}

}  // namespace
}  // namespace marquee::app
