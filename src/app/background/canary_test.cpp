// Goal: the canary measures the whole way of an event, and says so when a part of it stands still.
// Real door; log, state and list are fakes that a test can hold.

#include "app/background/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_event_log.h"
#include "testing/fake_folded_state.h"

namespace marquee::app {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class CanaryTest : public ::testing::Test {
 protected:
  CanaryTest() { start({}); }

  void start(Canary::Options options) {
    canary_ = std::make_unique<Canary>(
        Canary::Ports{ingestor_, state_, clock_, metrics_, [this] { return list(); }}, options);
  }
  /// With little patience: for what is never going to be seen.
  void start_impatient() {
    Canary::Options options;
    options.visible_max = milliseconds(20);
    start(options);
  }

  /// What the fold and serving would do: everything logged is applied, and clicked films are gone.
  Result<std::vector<MovieId>> list() {
    if (list_error_) return *list_error_;
    std::vector<MovieId> films = films_;
    const auto records = log_.records();
    if (!records.empty() && list_changes_) std::erase(films, records.back().event.movie_id);
    return films;
  }
  double measurements(const char* result) {
    return metrics_.counter("marquee_canary_measurements_total", "", {{"result", result}}).value();
  }

  SystemClock clock_;
  telemetry::Metrics metrics_;
  testing::FakeEventLog log_{clock_};
  testing::FakeFoldedState state_{clock_};
  ingest::Ingestor ingestor_{log_, clock_, metrics_, {}};
  std::vector<MovieId> films_{MovieId("a"), MovieId("b")};
  bool list_changes_ = true;
  std::optional<Error> list_error_;
  std::unique_ptr<Canary> canary_;
};

TEST_F(CanaryTest, ClicksItsFirstFilmByTheWayOfEveryEventAndSeesItGone) {
  state_.apply_up_to(1'000);
  canary_->measure();
  const auto records = log_.records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].event.user_id, canary_viewer(0));
  EXPECT_EQ(records[0].event.movie_id, MovieId("a"));
  EXPECT_EQ(records[0].event.type, EventType::kClick);
  EXPECT_EQ(ingestor_.totals().accepted, 1U) << "the books count it";
  const auto report = canary_->report();
  EXPECT_EQ(report.measured, 1U);
  EXPECT_EQ(report.failed, 0U);
  ASSERT_TRUE(report.visible_ms && report.acknowledged_ms && report.last_success_ms);
  EXPECT_LE(report.acknowledged_ms->p50, report.visible_ms->p50);
  EXPECT_EQ(measurements("visible"), 1);
  EXPECT_EQ(metrics_.samples("marquee_freshness_seconds").front().count, 1U);
  canary_->measure();
  EXPECT_EQ(log_.records()[1].event.movie_id, MovieId("b"));
}

TEST_F(CanaryTest, SaysAfterThreeFailuresInARowThatTheFoldStandsStill) {
  start_impatient();
  for (int i = 0; i < 2; ++i) canary_->measure();
  EXPECT_TRUE(canary_->health().ok()) << "a hiccup is no fault";
  canary_->measure();
  ASSERT_FALSE(canary_->health().ok());
  EXPECT_THAT(canary_->health().error().message, HasSubstr("3 times in a row"));
  EXPECT_THAT(canary_->health().error().message, HasSubstr("e:2 was not applied"));
  EXPECT_EQ(measurements("failed"), 3);
  EXPECT_FALSE(canary_->report().visible_ms);
}

TEST_F(CanaryTest, ASuccessEndsTheFailures) {
  start_impatient();
  for (int i = 0; i < 4; ++i) canary_->measure();
  EXPECT_EQ(canary_->report().failed_in_a_row, 4U);
  state_.apply_up_to(1'000);
  for (int i = 0; i < 20 && !canary_->health().ok(); ++i) canary_->measure();
  EXPECT_TRUE(canary_->health().ok());
  EXPECT_EQ(canary_->report().failed_in_a_row, 0U);
  EXPECT_GE(canary_->report().failed, 4U);
}

TEST_F(CanaryTest, AListThatDoesNotChangeIsAFailureEvenWhenTheEventIsApplied) {
  start_impatient();
  state_.apply_up_to(1'000);
  list_changes_ = false;
  for (int i = 0; i < 3; ++i) canary_->measure();
  ASSERT_FALSE(canary_->health().ok());
  EXPECT_THAT(canary_->health().error().message, HasSubstr("film a is still in it"));
}

TEST_F(CanaryTest, ARefusedEventIsAFailureAndTellsWhy) {
  log_.fail_appends(Error{ErrorCode::kUnavailable, "the log has stopped"});
  for (int i = 0; i < 3; ++i) canary_->measure();
  ASSERT_FALSE(canary_->health().ok());
  EXPECT_THAT(canary_->health().error().message, HasSubstr("the log has stopped"));
}

TEST_F(CanaryTest, AFullDiskIsAFailureThatSaysNothingOfTheState) {
  start_impatient();
  for (int i = 0; i < 2; ++i) canary_->measure();  // nothing is applied
  log_.fail_appends(Error{ErrorCode::kResourceExhausted, "no space left"});
  for (int i = 0; i < 5; ++i) canary_->measure();
  EXPECT_TRUE(canary_->health().ok());
  EXPECT_EQ(canary_->report().failed, 7U);
  EXPECT_EQ(measurements("failed"), 7);
  log_.repair();
  canary_->measure();
  EXPECT_FALSE(canary_->health().ok()) << "the third of those that do";
}

TEST_F(CanaryTest, ALogThatAnswersTooLateIsAFailureAndItsLateAnswerDoesNoHarm) {
  start_impatient();
  log_.hold();
  canary_->measure();
  EXPECT_EQ(canary_->report().failed, 1U);
  canary_.reset();
  log_.release();  // completes what nobody waits for any more
  EXPECT_EQ(log_.records().size(), 1U);
}

TEST_F(CanaryTest, WithoutAFilmThereIsNothingToMeasure) {
  films_.clear();
  canary_->measure();
  EXPECT_TRUE(log_.records().empty());
  EXPECT_EQ(canary_->report().measured + canary_->report().failed, 0U);
}

TEST_F(CanaryTest, AListThatCannotBeHadIsAFailure) {
  list_error_ = Error{ErrorCode::kUnavailable, "no list"};
  canary_->measure();
  EXPECT_EQ(canary_->report().failed, 1U);
  EXPECT_TRUE(log_.records().empty());
}

TEST_F(CanaryTest, LooksBackOnTheWindowOnly) {
  Canary::Options options;
  options.window = 2;
  options.visible_max = std::chrono::seconds(20);
  start(options);
  state_.apply_up_to(1'000);
  for (int i = 0; i < 5; ++i) canary_->measure();
  EXPECT_EQ(canary_->report().measured, 5U);
  EXPECT_GE(canary_->report().visible_ms->p99, canary_->report().visible_ms->p50);
}

TEST_F(CanaryTest, MeasuresByItselfUntilItIsStopped) {
  Canary::Options options;
  options.interval = milliseconds(1);
  start(options);
  state_.apply_up_to(1'000'000);
  canary_->start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (canary_->report().measured < 3 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  canary_->stop();
  const auto measured = canary_->report().measured;
  EXPECT_GE(measured, 3U);
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(canary_->report().measured, measured);
}

}  // namespace
}  // namespace marquee::app
