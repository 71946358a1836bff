// Goal: what the fold has passed is still recognised when it comes again, whatever became of it:
// log, fold and store together, across a restart that empties the log's memory.

#include <future>

#include <gtest/gtest.h>

#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "speed/fold_processor.h"
#include "testing/event_builder.h"

namespace marquee::app {
namespace {

using testing::EventBuilder;

class DeduplicationTest : public SmallDatasetTest {
 protected:
  DeduplicationTest() { open(); }

  void open() {
    auto opened = Storage::open_owner(loaded_.settings);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    storage_ = std::move(opened).value();
  }
  /// Folds everything, then opens the directory anew: the log remembers nothing by itself.
  void fold_and_reopen() {
    auto fold = speed::FoldProcessor::start(*storage_->log, storage_->stores->profiles,
                                            storage_->movies, storage_->clock, metrics_, {}, {});
    ASSERT_TRUE(fold.ok()) << fold.error().message;
    (*fold)->stop();
    ASSERT_TRUE(storage_->owned_log->close().ok());
    storage_.reset();
    open();
  }
  AppendOutcome append(const EventBuilder& event) {
    std::promise<Result<std::vector<AppendOutcome>>> promise;
    auto future = promise.get_future();
    storage_->log->append({event.pending()}, [&](Result<std::vector<AppendOutcome>> outcome) {
      promise.set_value(std::move(outcome));
    });
    const auto outcome = future.get();
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? outcome->front() : AppendOutcome{};
  }
  /// That `again` is answered as the repeat of what was accepted as `first`.
  void expect_repeat(const AppendOutcome& first, const EventBuilder& again, AppendStatus status) {
    const AppendOutcome outcome = append(again);
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.offset, first.offset);
    EXPECT_EQ(outcome.accepted_at_ms, first.accepted_at_ms);
  }

  telemetry::Metrics metrics_;
  std::unique_ptr<Storage> storage_;
};

TEST_F(DeduplicationTest, AnAppliedEventIsKnownAfterTheFoldHasPassed) {
  const auto event = EventBuilder("u1", "1").id(1);
  const auto first = append(event);
  EXPECT_EQ(first.status, AppendStatus::kAccepted);
  fold_and_reopen();
  expect_repeat(first, event, AppendStatus::kDuplicate);
  expect_repeat(first, EventBuilder("u1", "2").id(1), AppendStatus::kConflict);
  EXPECT_EQ(append(EventBuilder("u2", "1").id(1)).status, AppendStatus::kAccepted);
}

TEST_F(DeduplicationTest, ADeadLetteredEventIsKnownAfterTheFoldHasPassed) {
  const auto poison = EventBuilder("u1", "1", EventType::kRating).id(1);  // no stars
  append(EventBuilder("u1", "1").id(9));
  const auto first = append(poison);
  fold_and_reopen();
  EXPECT_EQ(storage_->stores->profiles.totals()->totals.dead_lettered, 1U);
  expect_repeat(first, poison, AppendStatus::kDuplicate);
  expect_repeat(first, EventBuilder("u1", "1", EventType::kRating).id(1).value(4),
                AppendStatus::kConflict);
}

TEST_F(DeduplicationTest, ARepeatIsKnownAgainAfterEveryFurtherRestart) {
  const auto poison = EventBuilder("u1", "1", EventType::kRating).id(1);
  const auto first = append(poison);
  for (int restart = 0; restart < 3; ++restart) {
    fold_and_reopen();
    expect_repeat(first, poison, AppendStatus::kDuplicate);
    append(EventBuilder("u1", "2").id(100 + static_cast<std::uint64_t>(restart)));
  }
  fold_and_reopen();
  EXPECT_EQ(storage_->stores->profiles.totals()->totals,
            (FoldTotals{.applied = 3, .dead_lettered = 1}));
}

}  // namespace
}  // namespace marquee::app
