// Goal: a run fixes what it reads once, and every later attempt reads the same.

#include "batch/run.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "batch/archive_stage.h"
#include "batch/archived_log.h"
#include "batch/batch_fixture.h"
#include "batch/import_history.h"
#include "batch/partitioned_fixture.h"
#include "testing/event_builder.h"

namespace marquee::batch {
namespace {

constexpr std::int32_t kDayMs = 20'089;  // 2025-01-01, where the fixture's clock starts

class RunTest : public ::testing::Test {
 protected:
  void accept(int film) {
    log_.append({PendingEvent{taste_rating(1, film), 1}},
                [](const auto& outcome) { ASSERT_TRUE(outcome.ok()); });
  }
  void import_one(int film) {
    const auto source = [&](const std::function<Result<void>(Event)>& take) {
      return take(taste_rating(7, film));
    };
    ASSERT_TRUE(write_history(source, world_.objects).ok());
  }
  RunRequest request(const std::string& id, std::optional<std::int32_t> day = {}) {
    RunRequest request;
    request.run_id = id;
    request.logical_day = day;
    return request;
  }
  Result<formats::RunRecord> begin(const RunRequest& request) {
    return begin_run(request, world_.objects, &log_, world_.clock);
  }
  std::uint64_t log_end(const Result<formats::RunRecord>& run) {
    EXPECT_TRUE(run.ok()) << run.error().message;
    return run->log_end.next(Offset::kEmbedded);
  }
  void next_day() { world_.clock.advance(std::chrono::hours(24)); }

  World world_;
  marquee::testing::FakeEventLog log_{world_.clock};
};

TEST(RunId, OfAManualRunNamesItsSecond) {
  const std::int64_t ms = *parse_rfc3339("2025-01-03T02:00:07Z");
  EXPECT_EQ(manual_run_id(ms + 250), "manual-20250103T020007Z");
  EXPECT_EQ(time_of_run_id("manual-20250103T020007Z"), ms);
  EXPECT_EQ(time_of_run_id("manual-20250103T020007Z-2"), ms);
  for (const char* other : {"2025-01-03", "manual-", "manual-20251303T020007Z",
                            "manual-20250103T020007Zx", "tuesday", ""}) {
    EXPECT_FALSE(time_of_run_id(other).has_value()) << other;
  }
}

TEST_F(RunTest, OfADayThatIsOverReadsTheEventsAcceptedBeforeItsEnd) {
  accept(1);
  accept(2);
  next_day();
  accept(3);
  const auto run = begin(request("2025-01-01", kDayMs));
  EXPECT_EQ(log_end(run), 2U);
  EXPECT_EQ(run->as_of_ms, std::int64_t{kDayMs + 1} * kMillisecondsPerDay);
  EXPECT_EQ(run->model_version.value(), "als_20250102_0000");
  EXPECT_EQ(run->archive_until_day, kDayMs + 1);
}

TEST_F(RunTest, OfADayThatIsNotOverReadsTheLogAsItEndsAndArchivesNoOpenDay) {
  accept(1);
  const auto run = begin(request("2025-01-01", kDayMs));
  EXPECT_EQ(log_end(run), 1U);
  EXPECT_EQ(run->archive_until_day, kDayMs);
}

TEST_F(RunTest, StartedByHandReadsEverythingWhateverDayItStandsFor) {
  accept(1);
  next_day();
  accept(2);
  const auto run = begin(request("manual-20250102T101500Z", kDayMs));
  EXPECT_EQ(log_end(run), 2U);
  EXPECT_EQ(run->model_version.value(), "als_20250102_1015");
}

TEST_F(RunTest, WithAnyOtherIdIsAsOfTheNewestEvent) {
  accept(1);
  world_.clock.advance(std::chrono::minutes(75));
  accept(2);
  world_.clock.advance(std::chrono::hours(5));
  EXPECT_EQ(begin(request("tuesday"))->model_version.value(), "als_20250101_0115");
}

TEST_F(RunTest, OverHistoryAloneIsAsOfItsLastEvent) {
  import_one(5);
  const auto run = begin(request("tuesday"));
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_EQ(run->as_of_ms, 1'000'005);
}

TEST_F(RunTest, ALaterAttemptTakesWhatTheFirstFixed) {
  accept(1);
  const auto first = begin(request("2025-01-01", kDayMs));
  accept(2);
  next_day();
  RunRequest again = request("2025-01-01", kDayMs);
  again.top_n = 7;
  again.parameters.rank = 3;
  again.in_service = ModelVersion("als_other");
  const auto second = begin(again);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(*second, *first);
  EXPECT_EQ(*load_run(world_.objects, "2025-01-01"), *first);
  EXPECT_EQ(parameters_of(*second), RunRequest{}.parameters);
}

TEST_F(RunTest, HappensOnceHoweverManySchedulersHaveItInTheirPlans) {
  accept(1);
  RunRequest airflows = request("2025-01-01", kDayMs);
  airflows.by = "airflow";
  const auto first = begin(airflows);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_TRUE(begin(airflows).ok()) << "who has begun it goes on";
  RunRequest ours = request("2025-01-01", kDayMs);
  ours.by = "scheduler";
  const auto second = begin(ours);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().message.find("begun by airflow"), std::string::npos);
  EXPECT_TRUE(begin(request("2025-01-01", kDayMs)).ok()) << "a human may go on with it";

  ASSERT_TRUE(begin(request("hand", kDayMs)).ok());
  ours.run_id = airflows.run_id = "hand";
  EXPECT_TRUE(begin(ours).ok() && begin(airflows).ok()) << "nobody has it";
  ours.by = "a/b";
  EXPECT_EQ(begin(ours).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RunTest, IsNotTheSameUnderAnotherDay) {
  accept(1);
  ASSERT_TRUE(begin(request("nightly", kDayMs)).ok());
  const auto other = begin(request("nightly", kDayMs + 1));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RunTest, DoesNotGoOnOverAnotherHistory) {
  import_one(1);
  ASSERT_TRUE(begin(request("nightly", kDayMs)).ok());
  import_one(2);
  const auto again = begin(request("nightly", kDayMs));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(RunTest, WithoutAnEventFixesNothing) {
  const auto run = begin(request("nightly", kDayMs));
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, ErrorCode::kFailedPrecondition);
  accept(1);
  EXPECT_TRUE(begin(request("nightly", kDayMs)).ok());
}

TEST_F(RunTest, OfTheSameMinuteMakeTwoModels) {
  accept(1);
  EXPECT_EQ(begin(request("a"))->model_version.value(), "als_20250101_0000");
  EXPECT_EQ(begin(request("b"))->model_version.value(), "als_20250101_0000-2");
}

TEST_F(RunTest, NeverTakesTheVersionOfAStoredModel) {
  accept(1);
  ASSERT_TRUE(train_stage(two_tastes(), small_run("als_20250101_0000"), world_.objects, {}).ok());
  EXPECT_EQ(begin(request("a"))->model_version.value(), "als_20250101_0000-2");
}

TEST_F(RunTest, RefusesWhatIsNoRunId) {
  accept(1);
  for (const char* id : {"", "a b", "../x", "a/b", "a:b", "ü"}) {
    const auto run = begin(request(id));
    ASSERT_FALSE(run.ok()) << id;
    EXPECT_EQ(run.error().code, ErrorCode::kInvalidArgument) << id;
  }
}

TEST_F(RunTest, ADamagedRecordIsNamed) {
  accept(1);
  const std::string broken = R"({"schema":1,"run_id":"nightly"})";
  ASSERT_TRUE(world_.objects.put("runs/nightly.json", std::as_bytes(std::span(broken))).ok());
  const auto run = begin(request("nightly", kDayMs));
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(run.error().message.find("runs/nightly.json"), std::string::npos);
}

TEST_F(RunTest, OfADayThatLeftTheLogReadsTheArchive) {
  accept(1);
  accept(2);
  next_day();
  accept(3);
  next_day();
  accept(4);
  auto run = begin(request("nightly", kDayMs + 1));
  ASSERT_TRUE(run.ok());
  ASSERT_TRUE(archive_stage(*run, log_, world_.objects).ok());
  log_.remove_before(3);
  EXPECT_EQ(log_end(begin(request("again", kDayMs))), 2U);
  EXPECT_EQ(log_end(begin(request("tomorrow", kDayMs + 1))), 3U);
}

TEST_F(RunTest, PassesOverDaysThatAreArchived) {
  accept(1);
  next_day();
  accept(2);
  next_day();
  accept(3);
  const auto first = begin(request("2025-01-01", kDayMs));
  ASSERT_TRUE(archive_stage(*first, log_, world_.objects).ok());
  EXPECT_EQ(log_end(begin(request("2025-01-02", kDayMs + 1))), 2U);
}

class PartitionedRunTest : public ::testing::Test {
 protected:
  std::string log_end(const std::string& id, std::optional<std::int32_t> day) {
    RunRequest request;
    request.run_id = id;
    request.logical_day = day;
    const auto run = begin_run(request, world_.world.objects, &world_.log, world_.world.clock);
    EXPECT_TRUE(run.ok()) << run.error().message;
    last_as_of_ms_ = run->as_of_ms;
    return formats::cursor_text(run->log_end);
  }

  PartitionedWorld world_{3};
  std::int64_t last_as_of_ms_ = 0;
};

TEST_F(PartitionedRunTest, OfADayThatIsOverEndsWhereTheDayEndsInEachPartition) {
  world_.accept(0, at(kDayMs, 100));
  world_.accept(0, at(kDayMs + 1, 0));
  world_.accept(0, at(kDayMs + 1, -60'000));  // by a clock that is behind
  world_.accept(1, at(kDayMs + 1, 5));
  world_.accept(2, at(kDayMs, 7));
  world_.poison(2);
  world_.world.clock.advance(std::chrono::hours(48));
  EXPECT_EQ(log_end("2025-01-01", kDayMs), "k:0:1,k:2:2");
  EXPECT_EQ(log_end("2025-01-02", kDayMs + 1), "k:0:3,k:1:1,k:2:2");
}

TEST_F(PartitionedRunTest, ReadsTheSameEndsFromTheArchive) {
  for (std::int32_t day = 0; day < 3; ++day) {
    for (std::int32_t partition = 0; partition < 3; ++partition) {
      for (int i = 0; i <= partition; ++i) world_.accept(partition, at(kDayMs + day, i));
    }
  }
  world_.world.clock.advance(std::chrono::hours(72));
  const std::string fresh = log_end("a", kDayMs + 1);
  EXPECT_EQ(fresh, "k:0:2,k:1:4,k:2:6");
  ASSERT_TRUE(archive_stage(world_.until(kDayMs + 2), world_.log, world_.world.objects).ok());
  world_.log.remove_before(load_archive_index(world_.world.objects)->end());
  EXPECT_EQ(log_end("b", kDayMs + 1), fresh);
  EXPECT_EQ(log_end("c", kDayMs), "k:0:1,k:1:2,k:2:3");
}

TEST_F(PartitionedRunTest, IsAsOfTheNewestEventOfAnyPartitionBehindWhateverEndsIt) {
  world_.accept(0, at(kDayMs, 100));
  world_.accept(1, at(kDayMs, 300));
  for (int i = 0; i < 20; ++i) world_.poison(1);
  world_.log.push_gap(1);
  world_.accept(2, at(kDayMs, 200));
  EXPECT_EQ(log_end("tuesday", std::nullopt), "k:0:1,k:1:22,k:2:1");
  EXPECT_EQ(last_as_of_ms_, at(kDayMs, 300));
}

}  // namespace
}  // namespace marquee::batch
