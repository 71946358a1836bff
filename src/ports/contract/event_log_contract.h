#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/event_log.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::testing {

/// What an EventLog may lack. The harness of one that does says so in a `static constexpr
/// EventLogGuarantees kGuarantees`.
struct EventLogGuarantees {
  /// The door knows all events of the window. Else a repeat is stored again, and the fold decides.
  bool recognises_repeats = true;
  /// accepted_at_ms never goes back, whoever wrote before. Else only in what one object wrote.
  bool one_clock = true;
};

template <typename Harness>
constexpr EventLogGuarantees guarantees_of() {
  if constexpr (requires { Harness::kGuarantees; }) {
    return Harness::kGuarantees;
  } else {
    return {};
  }
}

/// What every EventLog must do. `Harness` is default-constructible with an empty log and has
///   EventLog& log();  ManualClock& clock();
///   void restart();          close the log properly and open it again
///   void stall();            from now on appends are not completed …
///   void go_on();            … until now
///   void break_writes();     the next write fails as a broken disk does
///   void damage_first();     changes the stored bytes of the first record, as bit rot does
///   std::size_t queue_events_max();
template <typename Harness>
class EventLogContract : public ::testing::Test {
 protected:
  using Outcome = Result<std::vector<AppendOutcome>>;
  static constexpr std::chrono::seconds kSoon{30};
  static constexpr std::chrono::milliseconds kNow{0};

  static constexpr EventLogGuarantees kGuarantees = guarantees_of<Harness>();

  EventLog& log() { return harness_.log(); }

  std::future<Outcome> start_append(std::vector<PendingEvent> events) {
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    log().append(std::move(events),
                 [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }
  Outcome append(std::vector<PendingEvent> events) {
    auto future = start_append(std::move(events));
    if (future.wait_for(kSoon) != std::future_status::ready) {
      return Error{ErrorCode::kInternal, "append() was never completed"};
    }
    return future.get();
  }
  AppendOutcome append_one(const EventBuilder& event) {
    auto outcome = append({event.pending()});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() && outcome->size() == 1 ? outcome->front() : AppendOutcome{};
  }
  static EventBuilder click(std::uint64_t number, std::string user = "u1") {
    return EventBuilder(std::move(user), "m" + std::to_string(number)).id(number);
  }
  static std::vector<PendingEvent> clicks(std::uint64_t first, std::uint64_t count,
                                          const std::string& user = "u1") {
    std::vector<PendingEvent> events;
    for (std::uint64_t i = first; i < first + count; ++i) {
      events.push_back(click(i, user).pending());
    }
    return events;
  }
  /// Everything readable, in batches of `events_max`.
  std::vector<LogRecord> read_all(std::size_t events_max = 100) {
    std::vector<LogRecord> all;
    Cursor at;
    for (;;) {
      auto batch = log().read(at, events_max, kNow);
      EXPECT_TRUE(batch.ok()) << batch.error().message;
      if (!batch.ok() || batch->records.empty()) return all;
      EXPECT_LE(batch->records.size(), events_max);
      for (LogRecord& record : batch->records) all.push_back(std::move(record));
      at = batch->next;
    }
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(EventLogContract);

// order

TYPED_TEST_P(EventLogContract, SequencesGrowByOneFromZero) {
  const auto partitions = this->log().partitions();
  const std::int32_t home = this->append_one(this->click(0)).offset.partition;
  EXPECT_EQ(std::count(partitions.begin(), partitions.end(), home), 1);
  for (std::uint64_t i = 1; i < 5; ++i) {
    const auto outcome = this->append_one(this->click(i));
    EXPECT_EQ(outcome.status, AppendStatus::kAccepted);
    EXPECT_EQ(outcome.offset, (Offset{home, i})) << "a viewer's events all stand in one partition";
  }
}

TYPED_TEST_P(EventLogContract, ReadersSeeEveryRecordInOrderWhateverTheBatch) {
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(this->append(this->clicks(i * 10, 10)).ok());
  for (const std::size_t batch : {1U, 3U, 10U, 64U, 1000U}) {
    const auto records = this->read_all(batch);
    ASSERT_EQ(records.size(), 100U);
    for (std::uint64_t i = 0; i < 100; ++i) {
      EXPECT_EQ(records[i].offset.sequence, i);
      EXPECT_EQ(records[i].event.movie_id.value(), "m" + std::to_string(i));
    }
  }
}

TYPED_TEST_P(EventLogContract, KeepsEveryFieldOfAnEvent) {
  auto full = EventBuilder("user@x.y:1", "movie-1", EventType::kRating)
                  .id(1)
                  .value(4.5)
                  .session("s.1")
                  .list("l_1", 7)
                  .undoes(9)
                  .at(-123);
  const auto outcome = this->append_one(full);
  const auto records = this->read_all();
  ASSERT_EQ(records.size(), 1U);
  Event expected = full.build();
  expected.accepted_at_ms = outcome.accepted_at_ms;
  EXPECT_EQ(records[0].event, expected);
  EXPECT_EQ(records[0].fingerprint, full.fingerprint());
}

TYPED_TEST_P(EventLogContract, EndIsBehindTheLastDurableRecord) {
  EXPECT_EQ(this->log().end(), Cursor{});
  const auto outcome = this->append(this->clicks(0, 7));
  ASSERT_TRUE(outcome.ok());
  const std::int32_t home = outcome->front().offset.partition;
  EXPECT_EQ(this->log().end().next(home), 7U);
  EXPECT_EQ(this->log().begin().next(home), 0U);
}

// durability

TYPED_TEST_P(EventLogContract, AcknowledgedEventsAreThereAfterARestart) {
  ASSERT_TRUE(this->append(this->clicks(0, 20)).ok());
  const auto before = this->read_all();
  this->harness_.restart();
  EXPECT_EQ(this->read_all(), before);
  EXPECT_EQ(this->append_one(this->click(20)).offset.sequence, 20U);
}

TYPED_TEST_P(EventLogContract, EventsAreNotReadableBeforeTheyAreDurable) {
  this->harness_.stall();
  const Cursor end = this->log().end();
  auto waiting = this->start_append(this->clicks(100, 3));
  auto batch = this->log().read(end, 10, std::chrono::milliseconds(20));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->records.empty());
  this->harness_.go_on();
  EXPECT_TRUE(waiting.get().ok());
  batch = this->log().read(end, 10, this->kSoon);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 3U);
}

TYPED_TEST_P(EventLogContract, AcceptedAtIsTheLogsTimeAndNeverGoesBack) {
  auto& clock = this->harness_.clock();
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(this->append_one(this->click(1)).accepted_at_ms, clock.wall_ms());
  const std::int64_t first = clock.wall_ms();
  clock.jump_wall(-std::chrono::hours(5));
  EXPECT_EQ(this->append_one(this->click(2)).accepted_at_ms, first);
  if (this->kGuarantees.one_clock) this->harness_.restart();
  EXPECT_EQ(this->append_one(this->click(3)).accepted_at_ms, first);
  for (const LogRecord& record : this->read_all()) EXPECT_EQ(record.event.accepted_at_ms, first);
}

// idempotence

TYPED_TEST_P(EventLogContract, ARepeatIsStoredAgainOnlyWhereTheFoldDecides) {
  this->append_one(this->click(0));
  this->append_one(this->click(0));
  EXPECT_EQ(this->read_all().size(), this->kGuarantees.recognises_repeats ? 1U : 2U);
}

TYPED_TEST_P(EventLogContract, AcknowledgesARepeatedEventWithItsFirstOffset) {
  if (!this->kGuarantees.recognises_repeats) return;
  ASSERT_TRUE(this->append(this->clicks(0, 3)).ok());
  const auto repeat = this->append_one(this->click(1));
  EXPECT_EQ(repeat.status, AppendStatus::kDuplicate);
  EXPECT_EQ(repeat.offset.sequence, 1U);
  EXPECT_EQ(this->read_all().size(), 3U);
}

TYPED_TEST_P(EventLogContract, AnotherPayloadUnderTheSameIdIsAConflictAndNotRecorded) {
  if (!this->kGuarantees.recognises_repeats) return;
  this->append_one(this->click(0));
  const auto conflict = this->append_one(EventBuilder("u1", "another").id(0));
  EXPECT_EQ(conflict.status, AppendStatus::kConflict);
  EXPECT_EQ(conflict.offset.sequence, 0U);
  EXPECT_EQ(this->read_all().size(), 1U);
}

TYPED_TEST_P(EventLogContract, TheSameIdOfAnotherViewerIsAnotherEvent) {
  const auto first = this->append_one(this->click(0, "u1"));
  const auto other = this->append_one(this->click(0, "u2"));
  EXPECT_EQ(other.status, AppendStatus::kAccepted);
  EXPECT_NE(other.offset, first.offset);
  EXPECT_EQ(this->read_all().size(), 2U);
}

TYPED_TEST_P(EventLogContract, RepeatsInsideOneAppendCountAsRepeats) {
  if (!this->kGuarantees.recognises_repeats) return;
  auto outcome =
      this->append({this->click(0).pending(), this->click(1).pending(), this->click(0).pending(),
                    EventBuilder("u1", "x").id(1).pending(), this->click(2).pending()});
  ASSERT_TRUE(outcome.ok());
  ASSERT_EQ(outcome->size(), 5U);
  using enum AppendStatus;
  const AppendStatus wanted[] = {kAccepted, kAccepted, kDuplicate, kConflict, kAccepted};
  const std::uint64_t offsets[] = {0, 1, 0, 1, 2};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*outcome)[i].status, wanted[i]) << i;
    EXPECT_EQ((*outcome)[i].offset.sequence, offsets[i]) << i;
  }
}

TYPED_TEST_P(EventLogContract, RecognisesARepeatAfterARestart) {
  if (!this->kGuarantees.recognises_repeats) return;
  this->append_one(this->click(0));
  this->append_one(this->click(1));
  this->harness_.restart();
  EXPECT_EQ(this->append_one(this->click(1)).status, AppendStatus::kDuplicate);
  EXPECT_EQ(this->append_one(EventBuilder("u1", "x").id(0)).status, AppendStatus::kConflict);
  EXPECT_EQ(this->append_one(this->click(2)).offset.sequence, 2U);
}

TYPED_TEST_P(EventLogContract, ARepeatWaitsForTheFirstOnesOutcome) {
  if (!this->kGuarantees.recognises_repeats) return;
  this->harness_.stall();
  auto first = this->start_append(this->clicks(500, 1));
  auto repeat = this->start_append(this->clicks(500, 1));
  EXPECT_EQ(repeat.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  this->harness_.go_on();
  const auto stored = first.get();
  const auto repeated = repeat.get();
  ASSERT_TRUE(stored.ok() && repeated.ok());
  EXPECT_EQ(stored->front().status, AppendStatus::kAccepted);
  EXPECT_EQ(repeated->front().status, AppendStatus::kDuplicate);
  EXPECT_EQ(repeated->front().offset, stored->front().offset);
}

// integrity

TYPED_TEST_P(EventLogContract, ADamagedRecordEndsEveryReadThereWithDataLoss) {
  ASSERT_TRUE(this->append(this->clicks(0, 5)).ok());
  this->harness_.damage_first();
  for (int i = 0; i < 2; ++i) {
    const auto batch = this->log().read(Cursor{}, 10, this->kNow);
    ASSERT_FALSE(batch.ok());
    EXPECT_EQ(batch.error().code, ErrorCode::kDataLoss) << batch.error().message;
  }
}

// overload

TYPED_TEST_P(EventLogContract, AFullQueueRefusesAtOnce) {
  this->harness_.stall();
  std::vector<std::future<typename TestFixture::Outcome>> waiting;
  const std::size_t room = this->harness_.queue_events_max() / 10;
  for (std::uint64_t i = 0; i < room; ++i) {
    waiting.push_back(this->start_append(this->clicks(i * 10, 10)));
  }
  const auto refused = this->append(this->clicks(1'000'000, 10));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  this->harness_.go_on();
  for (auto& one : waiting) EXPECT_TRUE(one.get().ok());
  EXPECT_EQ(this->append_one(this->click(1'000'000)).status, AppendStatus::kAccepted);
}

TYPED_TEST_P(EventLogContract, RefusesNoEventsAndMoreThanAThousand) {
  for (const std::uint64_t count : {0U, 1001U}) {
    const auto refused = this->append(this->clicks(0, count));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(this->append(this->clicks(0, 1000)).ok());
}

// failure

TYPED_TEST_P(EventLogContract, AfterAFailedWriteNothingIsAcknowledgedAnyMore) {
  this->append_one(this->click(0));
  ASSERT_TRUE(this->log().health().ok());
  this->harness_.break_writes();
  for (std::uint64_t i = 1; i < 4; ++i) {
    const auto refused = this->append(this->clicks(i, 1));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_FALSE(this->log().health().ok());
  EXPECT_EQ(this->read_all().size(), 1U);
}

// reading

TYPED_TEST_P(EventLogContract, AReadReturnsEmptyWhenNothingCameInTime) {
  this->append_one(this->click(0));
  const Cursor end = this->log().end();
  const auto batch = this->log().read(end, 10, std::chrono::milliseconds(5));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->records.empty());
  EXPECT_EQ(batch->next, end);
}

TYPED_TEST_P(EventLogContract, AWaitingReadIsWokenByTheFirstRecord) {
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    this->append_one(this->click(0));
  });
  const auto batch = this->log().read(Cursor{}, 10, this->kSoon);
  writer.join();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 1U);
}

// threads

TYPED_TEST_P(EventLogContract, ManyThreadsAppendingTogetherAreAllStoredOnceAndInTheirOrder) {
  constexpr std::uint64_t kThreads = 4, kEach = 60, kRepeats = 20;
  const std::uint64_t stored =
      kThreads * (this->kGuarantees.recognises_repeats ? kEach : kEach + kRepeats);
  std::atomic<std::uint64_t> read_meanwhile = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t] {
        std::vector<std::future<typename TestFixture::Outcome>> waiting;
        const std::string user = "user" + std::to_string(t);
        for (std::uint64_t i = 0; i < kEach; ++i) {
          waiting.push_back(this->start_append(this->clicks(i, 1, user)));
          if (i % 3 == 0) waiting.push_back(this->start_append(this->clicks(i, 1, user)));
        }
        for (auto& one : waiting) EXPECT_TRUE(one.get().ok());
      });
    }
    threads.emplace_back([&] {
      Cursor at;
      while (read_meanwhile < stored) {
        const auto batch = this->log().read(at, 7, this->kSoon);
        if (!batch.ok() || batch->records.empty()) break;
        read_meanwhile += batch->records.size();
        at = batch->next;
      }
    });
  }
  EXPECT_EQ(read_meanwhile, stored);
  std::vector<std::uint64_t> next(kThreads);
  for (const LogRecord& record : this->read_all()) {
    const auto t = static_cast<std::size_t>(record.event.user_id.value().back() - '0');
    const bool is_repeat = next[t] > 0 && record.event.event_id == test_event_id(next[t] - 1);
    if (is_repeat && !this->kGuarantees.recognises_repeats) continue;
    EXPECT_EQ(record.event.event_id, test_event_id(next[t]++));
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    EventLogContract, SequencesGrowByOneFromZero, ReadersSeeEveryRecordInOrderWhateverTheBatch,
    KeepsEveryFieldOfAnEvent, EndIsBehindTheLastDurableRecord,
    AcknowledgedEventsAreThereAfterARestart, EventsAreNotReadableBeforeTheyAreDurable,
    AcceptedAtIsTheLogsTimeAndNeverGoesBack, ARepeatIsStoredAgainOnlyWhereTheFoldDecides,
    AcknowledgesARepeatedEventWithItsFirstOffset,
    AnotherPayloadUnderTheSameIdIsAConflictAndNotRecorded, TheSameIdOfAnotherViewerIsAnotherEvent,
    RepeatsInsideOneAppendCountAsRepeats, RecognisesARepeatAfterARestart,
    ARepeatWaitsForTheFirstOnesOutcome, ADamagedRecordEndsEveryReadThereWithDataLoss,
    AFullQueueRefusesAtOnce, RefusesNoEventsAndMoreThanAThousand,
    AfterAFailedWriteNothingIsAcknowledgedAnyMore, AReadReturnsEmptyWhenNothingCameInTime,
    AWaitingReadIsWokenByTheFirstRecord,
    ManyThreadsAppendingTogetherAreAllStoredOnceAndInTheirOrder);

}  // namespace marquee::testing
