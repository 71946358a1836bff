#include "speed/fold_processor.h"

#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "speed/rebuild.h"
#include "speed/store_away_for_test.h"
#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_partitioned_log.h"
#include "testing/fake_profile_store.h"
#include "testing/forgetful_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;
using testing::FakeEventLog;
using testing::FakeProfileStore;

class FoldProcessorTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<FoldProcessor>> try_start(ProfileStore& store) {
    return FoldProcessor::start(
        log_, store, movies_, clock_, metrics_,
        [this](const UserId&, std::uint64_t version) { last_version_ = version; },
        {.batch_events_max = 16,
         .wait = 5ms,
         .backoff_min = 1ms,
         .backoff_max = 5ms,
         .behind = {.events_max = 4,
                    .gather = 1ms,
                    .room_wait = 1ms,
                    .backoff = {1ms, 5ms},
                    .on_stored = [this](const Cursor& stored) {
                      stored_end_ = stored.next(Offset::kEmbedded);
                    }}});
  }
  std::unique_ptr<FoldProcessor> start() {
    auto started = try_start(store_);
    EXPECT_TRUE(started.ok()) << started.error().message;
    return std::move(started).value();
  }
  Offset push(const EventBuilder& builder) {
    Event event = builder.build();
    event.accepted_at_ms = clock_.wall_ms();
    return log_.push_unchecked(event, builder.fingerprint());
  }
  Offset push(std::uint64_t number, const char* user = "u1") {
    return push(EventBuilder(user, "m1").id(number));
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 2'000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  static bool wait_for(FoldProcessor& processor, const Offset& offset) {
    return eventually([&] { return processor.state().applied().includes(offset); });
  }
  double metric(const char* result) {
    return metrics_.counter("marquee_events_total", "", {{"result", result}}).value();
  }

  SystemClock clock_;
  FakeEventLog log_{clock_};
  FakeProfileStore store_;
  MovieTable movies_;
  telemetry::Metrics metrics_;
  std::atomic<std::uint64_t> last_version_ = 0;
  std::atomic<std::uint64_t> stored_end_ = 0;
};

TEST_F(FoldProcessorTest, LoadedItFoldsABatchAStepAndNothingByItself) {
  for (std::uint64_t number = 0; number < 20; ++number) push(number);
  const auto loaded = FoldProcessor::load(
      log_, store_, movies_, clock_, metrics_,
      [this](const UserId&, std::uint64_t version) { last_version_ = version; },
      {.batch_events_max = 16, .wait = 0ms, .backoff_min = 1ms, .backoff_max = 5ms});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  FoldProcessor& processor = **loaded;
  EXPECT_EQ(processor.totals().applied, 0U);
  ASSERT_TRUE(processor.step(0ms).ok());
  EXPECT_EQ(processor.totals().applied, 16U);
  EXPECT_EQ(last_version_, 16U);
  ASSERT_TRUE(processor.step(0ms).ok());
  EXPECT_EQ(processor.totals().applied, 20U);
  ASSERT_TRUE(processor.step(0ms).ok()) << "nothing to fold is no error";
  EXPECT_EQ(store_.applies(), 0U);
  EXPECT_EQ(processor.unstored().depth, 20U);
  EXPECT_EQ(processor.profiles().history(UserId("u1"), {}, 100)->events.size(), 20U);
  store_.fail_next_writes(1, {ErrorCode::kUnavailable, "away"});
  EXPECT_FALSE(processor.store().ok());
  ASSERT_TRUE(processor.store().ok());
  EXPECT_EQ(store_.applies(), 1U) << "both steps in one transaction";
  EXPECT_EQ(processor.unstored().depth, 0U);
}

TEST_F(FoldProcessorTest, TellsHowFarItIsStoredWhileCatchingUpAndAfter) {
  push(1);
  push(2);
  const auto processor = start();
  EXPECT_TRUE(eventually([this] { return stored_end_ == 2; }));
  push(3);
  EXPECT_TRUE(eventually([this] { return stored_end_ == 3; }));
}

TEST_F(FoldProcessorTest, TellsHowFarItIsStoredWhenNoProfileChanged) {
  push(1);
  push(1);  // a repeat: deduplicated, so that no viewer changes
  const auto processor = start();
  EXPECT_EQ(processor->totals().deduplicated, 1U);
  EXPECT_TRUE(eventually([this] { return stored_end_ == 2; }));
}

TEST_F(FoldProcessorTest, CatchesUpBeforeItIsStarted) {
  for (std::uint64_t i = 0; i < 100; ++i) push(i);
  const auto processor = start();
  ASSERT_NE(processor->state().find(UserId("u1")), nullptr);
  EXPECT_EQ(processor->state().find(UserId("u1"))->version, 100U);
  EXPECT_EQ(processor->totals().applied, 100U);
  EXPECT_EQ(last_version_, 100U);
}

TEST_F(FoldProcessorTest, ShowsAnEventSoonAfterItIsLogged) {
  const auto processor = start();
  EXPECT_EQ(processor->state().find(UserId("u1")), nullptr);
  const Offset offset = push(1);
  std::atomic<int> applied = -1;
  processor->state().when_applied(offset, clock_.steady() + 10s,
                                  [&](bool is_applied) { applied = is_applied; });
  ASSERT_TRUE(eventually([&] { return applied >= 0; }));
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(processor->state().find(UserId("u1"))->last_offset, offset);
  EXPECT_TRUE(eventually([&] { return last_version_ == 1U; }));
  EXPECT_EQ(metrics_.histogram("marquee_freshness_seconds", "").count(), 1U);
}

TEST_F(FoldProcessorTest, GoesOnWhereTheStoreStandsAfterARestart) {
  push(1);
  start().reset();
  push(2);
  push(1);  // repeated in the log, as Kafka may
  const auto processor = start();
  EXPECT_EQ(processor->state().find(UserId("u1"))->version, 2U);
  EXPECT_EQ(processor->totals(), (FoldTotals{.applied = 2, .deduplicated = 1}));
}

TEST_F(FoldProcessorTest, AccountsForEveryEventOfTheLog) {
  push(1);
  push(1);
  push(EventBuilder("u1", "other").id(1));  // a conflict
  push(EventBuilder("u1", "no id at all").id(2));
  const auto processor = start();
  EXPECT_EQ(processor->totals(), (FoldTotals{.applied = 1, .deduplicated = 2, .dead_lettered = 1}));
  EXPECT_EQ(metric("applied") + metric("deduplicated") + metric("dead_lettered"), 4.0);
  processor->stop();
  const auto repeats = store_.deduplicated();
  ASSERT_EQ(repeats.size(), 2U);
  EXPECT_FALSE(repeats[0].conflict);
  EXPECT_TRUE(repeats[1].conflict);
  const auto dead = store_.dead_letters(10);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().reason, "movie_id is not an id");
}

TEST_F(FoldProcessorTest, GoesOnShowingWhileTheStoreIsAwayUpToALimitAndCatchesUp) {
  const auto processor = start();
  store_.fail_next_writes(1'000'000, kAway);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    ASSERT_TRUE(wait_for(*processor, push(number)));
  }
  ASSERT_TRUE(eventually([&] { return !processor->health().ok(); }));
  EXPECT_NE(processor->health().error().message.find("the store is away"), std::string::npos);
  EXPECT_EQ(processor->unstored(), (QueueState{3, 4, 0}));
  for (std::uint64_t number = 4; number <= 9; ++number) push(number);
  const auto backoff_s = [&] { return metrics_.gauge("marquee_fold_backoff_seconds", "").value(); };
  EXPECT_TRUE(eventually([&] { return backoff_s() == 0.005; })) << "grows to its bound";
  EXPECT_GE(metrics_.counter("marquee_fold_retries_total", "").value(), 3.0);
  EXPECT_LE(processor->unstored().depth, 4U);
  const double pending = metrics_.gauge("marquee_events_pending", "").value();
  EXPECT_EQ(static_cast<double>(processor->totals().applied) + pending, 9.0);
  store_.fail_next_writes(0, kAway);
  ASSERT_TRUE(wait_for(*processor, Offset{Offset::kEmbedded, 8}));
  EXPECT_TRUE(eventually([&] { return processor->health().ok() && stored_end_ == 9; }));
  EXPECT_TRUE(eventually([&] { return backoff_s() == 0.0; }));
  EXPECT_EQ(store_.applied_events().size(), 9U);
}

TEST_F(FoldProcessorTest, FoldsAgainWhatWasShownAndNotStoredWhenItDied) {
  const auto load = [this] {
    return *FoldProcessor::load(log_, store_, movies_, clock_, metrics_, nullptr, {});
  };
  push(1);
  auto dying = load();
  ASSERT_TRUE(dying->step(0ms).ok() && dying->store().ok());
  push(2);
  push(1);  // a repeat
  ASSERT_TRUE(dying->step(0ms).ok());
  EXPECT_EQ(dying->totals(), (FoldTotals{.applied = 2, .deduplicated = 1}));
  dying.reset();
  EXPECT_EQ(store_.applied_events().size(), 1U);
  const auto next = start();
  EXPECT_EQ(next->totals(), (FoldTotals{.applied = 2, .deduplicated = 1}));
  EXPECT_EQ(next->state().find(UserId("u1"))->version, 2U);
}

TEST_F(FoldProcessorTest, DoesNotFoldTwiceWhenTheStoresAnswerWasLost) {
  testing::ForgetfulProfileStore store(store_);
  auto processor = *try_start(store);
  store.answers_to_lose = 1;
  ASSERT_TRUE(wait_for(*processor, push(1)));
  ASSERT_TRUE(wait_for(*processor, push(2)));
  ASSERT_TRUE(eventually([this] { return stored_end_ == 2; }));
  processor->stop();
  EXPECT_EQ(processor->totals().applied, 2U);
  EXPECT_EQ(store_.applied_events().size(), 2U);
}

TEST_F(FoldProcessorTest, StoresNothingWhenAnotherProcessHasFolded) {
  const auto processor = start();
  FoldBatch foreign;
  foreign.after.set_next(Offset::kEmbedded, 7);
  ASSERT_TRUE(store_.apply(foreign).ok());
  push(1);
  ASSERT_TRUE(eventually([&] { return !processor->health().ok(); }));
  EXPECT_TRUE(store_.applied_events().empty());
  EXPECT_EQ(store_.totals()->cursor, foreign.after);
}

TEST_F(FoldProcessorTest, SurvivesALogThatCannotBeRead) {
  const auto processor = start();
  log_.fail_reads(Error{ErrorCode::kUnavailable, "the log is away"});
  ASSERT_TRUE(eventually([&] { return !processor->health().ok(); }));
  log_.repair();
  ASSERT_TRUE(wait_for(*processor, push(1)));
}

TEST_F(FoldProcessorTest, RefusesALogThatEndsBeforeTheStoredCursor) {
  push(1);
  push(2);
  start().reset();
  FakeEventLog shorter(clock_);
  const auto started = FoldProcessor::start(shorter, store_, movies_, clock_, metrics_, {}, {});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(started.error().message.find("e:2"), std::string::npos);
}

TEST_F(FoldProcessorTest, RefusesALogThatBeginsBehindTheStoredCursor) {
  for (std::uint64_t i = 0; i < 10; ++i) push(i);
  start()->stop();
  for (std::uint64_t i = 10; i < 20; ++i) push(i);
  log_.remove_before(10);
  EXPECT_TRUE(try_start(store_).ok());  // it needs nothing from before
  FakeProfileStore older;
  const auto refused = try_start(older);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(refused.error().message.find("marquee rebuild"), std::string::npos);
}

TEST_F(FoldProcessorTest, ReportsAStoreThatIsAwayAtTheStart) {
  store_.fail_next_reads(1, kAway);
  EXPECT_EQ(try_start(store_).error().code, ErrorCode::kUnavailable);
}

TEST_F(FoldProcessorTest, StopsAtOnceAndMoreThanOnce) {
  const auto processor = start();
  processor->stop();
  processor->stop();
  push(1);
  EXPECT_EQ(processor->state().find(UserId("u1")), nullptr);
}

TEST_F(FoldProcessorTest, FoldsLiveWhatARebuildFolds) {
  const auto processor = start();
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 3; ++w) {
      writers.emplace_back([this, w] {
        for (std::uint64_t i = 0; i < 100; ++i) push(i / 2, w == 0 ? "u1" : "u2");
      });
    }
  }
  ASSERT_TRUE(wait_for(*processor, Offset{Offset::kEmbedded, 299}));
  processor->stop();
  EXPECT_EQ(processor->totals(), (FoldTotals{.applied = 100, .deduplicated = 200}));
  FakeProfileStore rebuilt;
  ASSERT_TRUE(fold_from_zero({}, &log_, std::nullopt, rebuilt, movies_).ok());
  EXPECT_EQ(hash_state(store_, movies_)->hex, hash_state(rebuilt, movies_)->hex);
}

TEST(FoldProcessorOnATopic, CatchesUpOverWhatHoldsNoEvent) {
  testing::FakePartitionedLog log(2);
  testing::FakeProfileStore store;
  testing::ManualClock clock;
  telemetry::Metrics metrics;
  MovieTable movies;
  const EventBuilder event("u", "m1");  // of partition 1
  log.push(event.build(), event.fingerprint());
  log.push_gap(1);
  log.push_gap(0);
  auto fold = FoldProcessor::start(log, store, movies, clock, metrics, nullptr, {.wait = 1ms});
  ASSERT_TRUE(fold.ok()) << fold.error().message;
  const EventBuilder later("u", "m2");
  log.push(later.build(), later.fingerprint());
  for (int i = 0; i < 5'000 && (*fold)->totals().applied < 2; ++i) {
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_EQ((*fold)->totals().applied, 2U);
}

}  // namespace
}  // namespace marquee::speed
