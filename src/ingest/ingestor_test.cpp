#include "ingest/ingestor.h"

#include <thread>

#include <gtest/gtest.h>

#include "testing/fake_event_log.h"
#include "testing/manual_clock.h"

namespace marquee::ingest {
namespace {

class IngestorTest : public ::testing::Test {
 protected:
  IngestorTest() : log_(clock_), ingestor_(log_, clock_, metrics_, {}) {}

  EventDraft click(const std::string& user = "u1") const {
    EventDraft draft;
    draft.user_id = user;
    draft.movie_id = "m1";
    draft.event_type = "click";
    return draft;
  }

  Ingestor::Outcome accept(const EventDraft& draft) {
    std::optional<Ingestor::Outcome> outcome;
    ingestor_.accept(draft, [&](Ingestor::Outcome got) { outcome = std::move(got); });
    EXPECT_TRUE(outcome.has_value());
    return std::move(*outcome);
  }

  std::vector<Ingestor::Outcome> accept_all(const std::vector<EventDraft>& drafts) {
    std::optional<std::vector<Ingestor::Outcome>> outcomes;
    ingestor_.accept_all(drafts, [&](auto got) { outcomes = std::move(got); });
    EXPECT_TRUE(outcomes.has_value());
    return std::move(*outcomes);
  }

  double metric(const char* result) {
    return metrics_.counter("marquee_events_total", "", {{"result", result}}).value();
  }

  void expect_totals(std::uint64_t accepted, std::uint64_t duplicate, std::uint64_t rejected) {
    const Ingestor::Totals totals = ingestor_.totals();
    EXPECT_EQ(totals.accepted, accepted);
    EXPECT_EQ(totals.duplicate, duplicate);
    EXPECT_EQ(totals.rejected, rejected);
    EXPECT_EQ(totals.received, accepted + duplicate + rejected);
    EXPECT_EQ(metric("received"), static_cast<double>(totals.received));
    EXPECT_EQ(metric("accepted"), static_cast<double>(accepted));
    EXPECT_EQ(metric("duplicate"), static_cast<double>(duplicate));
    EXPECT_EQ(metric("rejected"), static_cast<double>(rejected));
  }

  testing::ManualClock clock_;
  testing::FakeEventLog log_;
  telemetry::Metrics metrics_;
  Ingestor ingestor_;
};

TEST_F(IngestorTest, LogsAnEventAndSaysWhere) {
  const Ingestor::Outcome outcome = accept(click());
  ASSERT_TRUE(outcome.errors.empty());
  ASSERT_TRUE(outcome.receipt.ok());
  EXPECT_EQ(outcome.receipt->status, AppendStatus::kAccepted);
  EXPECT_EQ(outcome.receipt->offset.to_string(), "e:0");
  ASSERT_EQ(log_.records().size(), 1U);
  EXPECT_EQ(log_.records()[0].event.event_id, outcome.receipt->event_id);
  expect_totals(1, 0, 0);
}

TEST_F(IngestorTest, AnswersARetryWithTheFirstOffsetAndRecordsNothing) {
  EventDraft draft = click();
  draft.event_id = Uuid::v7(clock_.wall_ms()).to_string();
  const Ingestor::Outcome first = accept(draft);
  accept(click("u2"));
  clock_.advance(std::chrono::seconds(3));  // what the server fills in must not count
  const Ingestor::Outcome retry = accept(draft);
  ASSERT_TRUE(retry.receipt.ok());
  EXPECT_EQ(retry.receipt->status, AppendStatus::kDuplicate);
  EXPECT_EQ(retry.receipt->offset, first.receipt->offset);
  EXPECT_EQ(log_.records().size(), 2U);
  expect_totals(2, 1, 0);
}

TEST_F(IngestorTest, CountsAConflictAsRejected) {
  EventDraft draft = click();
  draft.event_id = Uuid::v7(clock_.wall_ms()).to_string();
  accept(draft);
  draft.movie_id = "m2";
  const Ingestor::Outcome conflict = accept(draft);
  ASSERT_TRUE(conflict.receipt.ok());
  EXPECT_EQ(conflict.receipt->status, AppendStatus::kConflict);
  EXPECT_EQ(log_.records().size(), 1U);
  expect_totals(1, 0, 1);
}

TEST_F(IngestorTest, LetsTwoViewersUseTheSameEventId) {
  EventDraft draft = click("u1");
  draft.event_id = Uuid::v7(clock_.wall_ms()).to_string();
  accept(draft);
  draft.user_id = "u2";
  EXPECT_EQ(accept(draft).receipt->status, AppendStatus::kAccepted);
  expect_totals(2, 0, 0);
}

TEST_F(IngestorTest, RefusesAWrongDraftWithoutTouchingTheLog) {
  EventDraft draft = click();
  draft.user_id = "no spaces";
  draft.value = 3;
  const Ingestor::Outcome outcome = accept(draft);
  EXPECT_EQ(outcome.errors.size(), 2U);
  EXPECT_TRUE(log_.records().empty());
  expect_totals(0, 0, 1);
}

TEST_F(IngestorTest, PassesOnWhyTheLogRefuses) {
  log_.fail_appends(Error{ErrorCode::kUnavailable, "the event queue is full: try again"});
  const Ingestor::Outcome outcome = accept(click());
  ASSERT_TRUE(outcome.errors.empty());
  ASSERT_FALSE(outcome.receipt.ok());
  EXPECT_EQ(outcome.receipt.error().code, ErrorCode::kUnavailable);
  expect_totals(0, 0, 1);
}

TEST_F(IngestorTest, AnswersOnlyWhenTheLogHasStored) {
  log_.hold();
  bool answered = false;
  ingestor_.accept(click(), [&](const Ingestor::Outcome&) { answered = true; });
  EXPECT_FALSE(answered);
  expect_totals(0, 0, 0);
  log_.release();
  EXPECT_TRUE(answered);
  expect_totals(1, 0, 0);
}

TEST_F(IngestorTest, DecidesEachOfManyOnItsOwnAndKeepsTheirOrder) {
  EventDraft first = click("u1");
  first.event_id = Uuid::v7(clock_.wall_ms()).to_string();
  EventDraft conflict = first;
  conflict.movie_id = "m2";
  const auto outcomes =
      accept_all({first, click("no spaces"), click("u2"), first, conflict, click("u3")});
  ASSERT_EQ(outcomes.size(), 6U);
  EXPECT_EQ(outcomes[0].receipt->offset.to_string(), "e:0");
  EXPECT_EQ(outcomes[1].errors.at(0).field, "user_id");
  EXPECT_EQ(outcomes[2].receipt->offset.to_string(), "e:1");
  EXPECT_EQ(outcomes[3].receipt->status, AppendStatus::kDuplicate);
  EXPECT_EQ(outcomes[3].receipt->offset.to_string(), "e:0");
  EXPECT_EQ(outcomes[4].receipt->status, AppendStatus::kConflict);
  EXPECT_EQ(outcomes[5].receipt->offset.to_string(), "e:2");
  ASSERT_EQ(log_.records().size(), 3U);
  EXPECT_EQ(log_.records()[1].event.user_id, UserId("u2"));
  expect_totals(3, 1, 2);
}

TEST_F(IngestorTest, LogsAllOfManyOrNone) {
  log_.fail_appends(Error{ErrorCode::kUnavailable, "the event queue is full: try again"});
  const auto outcomes = accept_all({click("u1"), click("no spaces"), click("u2")});
  EXPECT_EQ(outcomes[0].receipt.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcomes[1].errors.size(), 1U);
  EXPECT_EQ(outcomes[2].receipt.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(log_.records().empty());
  expect_totals(0, 0, 3);
}

TEST_F(IngestorTest, AppendsManyAtOnce) {
  log_.hold();  // what waits together was appended together
  std::size_t answered = 0;
  ingestor_.accept_all({click("u1"), click("u2"), click("u3")},
                       [&](const auto& outcomes) { answered = outcomes.size(); });
  EXPECT_EQ(answered, 0U);
  expect_totals(0, 0, 0);
  log_.release();
  EXPECT_EQ(answered, 3U);
  EXPECT_EQ(accept_all({}).size(), 0U);
  EXPECT_EQ(accept_all({click("no spaces")}).size(), 1U);
  EXPECT_EQ(log_.records().size(), 3U);
}

TEST_F(IngestorTest, CountsWhatNeverBecameADraft) {
  ingestor_.count_rejected();
  expect_totals(0, 0, 1);
}

TEST_F(IngestorTest, KeepsTheLawUnderManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  EventDraft shared = click("shared");
  shared.event_id = Uuid::v7(clock_.wall_ms()).to_string();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, &shared, t] {
        for (int i = 0; i < kEach; ++i) {
          ingestor_.accept(i % 2 == 0 ? click("u" + std::to_string(t)) : shared,
                           [](const auto&) {});
          const Ingestor::Totals totals = ingestor_.totals();
          EXPECT_EQ(totals.received, totals.accepted + totals.duplicate + totals.rejected);
        }
      });
    }
  }
  expect_totals(kThreads * kEach / 2 + 1, kThreads * kEach / 2 - 1, 0);
}

}  // namespace
}  // namespace marquee::ingest
