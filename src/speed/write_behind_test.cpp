#include "speed/write_behind.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "speed/fold_batch.h"
#include "speed/rebuild.h"
#include "speed/store_away_for_test.h"
#include "testing/fake_profile_store.h"
#include "testing/fold_batch_builder.h"
#include "testing/forgetful_profile_store.h"
#include "testing/manual_clock.h"
#include "testing/random_events.h"

// The same steps go to a store and to a WriteBehind over another one; whoever reads cannot tell
// which of the two is asked, however far the second is behind.
namespace marquee::speed {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;
using testing::FakeEventLog;
using testing::FakeProfileStore;
using testing::FoldBatchBuilder;

constexpr std::size_t kViewers = 3;
constexpr std::size_t kEvents = 60;

/// Folds a log step by step into a ProfileStore of its own.
class Folder {
 public:
  Folder(FakeEventLog& log, ProfileStore& store, MovieTable& movies)
      : log_(log), store_(store), movies_(movies) {
    base_.profile = [this](const UserId& user) { return store_.find_profile(user); };
    base_.event = [this](const UserId& user, const EventId& id) {
      return store_.find_event(user, id);
    };
  }
  bool step(std::size_t events_max) {
    const LogBatch read = *log_.read(base_.cursor, events_max, 0ms);
    if (read.records.empty()) return false;
    std::vector<FoldItem> items;
    for (const LogRecord& record : read.records) {
      items.push_back({record.event, record.offset, record.fingerprint});
    }
    const FoldBatch batch = fold_batch(items, base_, read.next, movies_, 7).value();
    RC_ASSERT(store_.apply(batch).ok());
    base_.cursor = batch.after;
    base_.totals = batch.totals;
    return true;
  }

 private:
  FakeEventLog& log_;
  ProfileStore& store_;
  MovieTable& movies_;
  FoldBase base_;
};

bool same(const std::optional<EventReceipt>& a, const std::optional<EventReceipt>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->status == b->status && a->offset == b->offset &&
         a->accepted_at_ms == b->accepted_at_ms && a->applied_at_ms == b->applied_at_ms;
}

void check_same_pages(const ProfileStore& wanted, const ProfileStore& asked, const UserId& user,
                      std::size_t limit) {
  std::optional<std::uint64_t> before;
  do {
    const HistoryPage page = asked.history(user, before, limit).value();
    const HistoryPage want = wanted.history(user, before, limit).value();
    RC_ASSERT(page.events == want.events);
    RC_ASSERT(page.next_before_seq == want.next_before_seq);
    before = page.next_before_seq;
  } while (before);
}

void check_same(const ProfileStore& wanted, const ProfileStore& asked, std::size_t limit) {
  const FoldedTotals totals = asked.totals().value();
  RC_ASSERT(totals.totals == wanted.totals()->totals && totals.cursor == wanted.totals()->cursor);
  RC_ASSERT(asked.dead_letters(limit).value() == wanted.dead_letters(limit).value());
  const std::optional<Offset> after = Offset{Offset::kEmbedded, limit};
  RC_ASSERT(asked.deduplicated(after, limit).value() == wanted.deduplicated(after, limit).value());
  for (std::size_t u = 0; u < kViewers; ++u) {
    const UserId user("u" + std::to_string(u));
    const auto profile = asked.find_profile(user).value();
    const auto wanted_profile = wanted.find_profile(user).value();
    RC_ASSERT((profile == nullptr) == (wanted_profile == nullptr));
    if (profile != nullptr) RC_ASSERT(*profile == *wanted_profile);
    check_same_pages(wanted, asked, user, limit);
    for (std::uint64_t number = 0; number < kEvents; ++number) {
      const EventId id = testing::test_event_id(number);
      RC_ASSERT(asked.find_event(user, id).value() == wanted.find_event(user, id).value());
      RC_ASSERT(same(asked.receipt(user, id).value(), wanted.receipt(user, id).value()));
    }
  }
}

RC_GTEST_PROP(WriteBehindProperty, ReadersCannotTellWhatIsStoredFromWhatIsNot,
              (std::uint64_t seed)) {
  Rng rng(seed);
  testing::ManualClock clock;
  FakeEventLog log(clock);
  testing::fill_log(log, rng, kEvents, kViewers);
  MovieTable movies;
  FakeProfileStore wanted, stored;
  WriteBehind behind(stored, {});
  Folder plain(log, wanted, movies), tested(log, behind, movies);
  for (bool more = true; more;) {
    const std::size_t events = 1 + rng.below(12);
    more = plain.step(events);
    RC_ASSERT(tested.step(events) == more);
    if (rng.below(4) == 0) stored.fail_next_writes(1, kAway);
    if (rng.below(3) == 0) (void)behind.store();
    check_same(wanted, behind, 1 + rng.below(9));
  }
  while (behind.queue().depth > 0) (void)behind.store();
  check_same(wanted, stored, 5);
  RC_ASSERT(hash_state(wanted, movies)->hex == hash_state(stored, movies)->hex);
}

class WriteBehindTest : public ::testing::Test {
 protected:
  static FoldBatch step(const ProfileStore& after, std::uint64_t number) {
    return FoldBatchBuilder(after)
        .apply(EventBuilder("u1", "m1").id(number), number, number)
        .build(number + 1);
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 2'000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
    return holds();
  }
  FakeProfileStore store_;
};

TEST_F(WriteBehindTest, TakesStepsWhileTheStoreIsAwayUntilItIsFull) {
  WriteBehind behind(store_, {.events_max = 3, .room_wait = 1ms});
  store_.fail_next_writes(1, kAway);
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(behind.apply(step(behind, i)).ok());
  EXPECT_EQ(behind.apply(step(behind, 3)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(behind.queue(), (QueueState{3, 3, 1}));
  EXPECT_EQ(behind.store().error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(behind.store().ok());
  EXPECT_EQ(behind.queue().depth, 0U);
  EXPECT_EQ(store_.applies(), 1U);
  EXPECT_TRUE(behind.apply(step(behind, 3)).ok());
}

TEST_F(WriteBehindTest, RefusesAStepThatDoesNotFollowTheOneBefore) {
  WriteBehind behind(store_, {});
  const FoldBatch first = step(behind, 0);
  ASSERT_TRUE(behind.apply(first).ok());
  EXPECT_EQ(behind.apply(first).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(behind.queue().depth, 1U);
}

TEST_F(WriteBehindTest, KnowsWhatTheStoreTookAlthoughItsAnswerWasLost) {
  testing::ForgetfulProfileStore store(store_);
  store.answers_to_lose = 1;
  WriteBehind behind(store, {});
  ASSERT_TRUE(behind.apply(step(behind, 0)).ok());
  EXPECT_FALSE(behind.store().ok());
  ASSERT_TRUE(behind.apply(step(behind, 1)).ok());
  EXPECT_TRUE(behind.store().ok());
  EXPECT_TRUE(behind.store().ok());
  EXPECT_EQ(store_.applied_events().size(), 2U);
}

TEST_F(WriteBehindTest, StoresByItsThreadManyStepsATransactionAndTheRestAtItsEnd) {
  std::atomic<std::uint64_t> stored = 0;
  WriteBehind behind(store_, {.gather = 10ms, .on_stored = [&](const Cursor& cursor) {
                                stored = cursor.next(Offset::kEmbedded);
                              }});
  behind.start();
  for (std::uint64_t i = 0; i < 200; ++i) ASSERT_TRUE(behind.apply(step(behind, i)).ok());
  ASSERT_TRUE(eventually([&] { return stored == 200; }));
  EXPECT_LT(store_.applies(), 150U);
  ASSERT_TRUE(behind.apply(step(behind, 200)).ok());
  behind.stop();
  EXPECT_EQ(store_.applied_events().size(), 201U);
  EXPECT_EQ(behind.queue().depth, 0U);
}

TEST_F(WriteBehindTest, GathersNoLongerWhenAStepWaitsForRoomOrTheEndHasCome) {
  WriteBehind behind(store_, {.events_max = 4, .gather = 1h, .room_wait = 60s});
  behind.start();
  ASSERT_TRUE(behind.apply(step(behind, 0)).ok());
  FoldBatchBuilder large(behind);
  for (std::uint64_t i = 1; i <= 4; ++i) large.apply(EventBuilder("u1", "m1").id(i), i, i);
  ASSERT_TRUE(behind.apply(large.build(5)).ok());
  EXPECT_GE(store_.applies(), 1U);
  ASSERT_TRUE(eventually([&] { return behind.queue().depth == 0; }));
  ASSERT_TRUE(behind.apply(step(behind, 5)).ok());
  behind.stop();
  EXPECT_EQ(store_.applied_events().size(), 6U);
}

TEST_F(WriteBehindTest, SaysThatTheStoreFailsAndGoesOnWhenItIsBack) {
  WriteBehind behind(store_, {.gather = 1ms, .backoff = {1ms, 2ms}});
  behind.start();
  store_.fail_next_writes(1'000'000, kAway);
  ASSERT_TRUE(behind.apply(step(behind, 0)).ok());
  ASSERT_TRUE(eventually([&] { return !behind.health().ok(); }));
  store_.fail_next_writes(0, kAway);
  EXPECT_TRUE(eventually([&] { return behind.health().ok() && behind.queue().depth == 0; }));
}

TEST_F(WriteBehindTest, LoadsAndResetsOnlyWhenAllIsStored) {
  WriteBehind behind(store_, {});
  const auto load = [&] { return behind.load([](auto&&...) {}, [](const CountDelta&) {}); };
  ASSERT_TRUE(behind.apply(step(behind, 0)).ok());
  EXPECT_EQ(load().error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(behind.reset().error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(behind.store().ok());
  EXPECT_TRUE(load().ok());
  EXPECT_TRUE(behind.reset().ok());
  EXPECT_EQ(behind.totals()->totals, FoldTotals{});
}

TEST_F(WriteBehindTest, ReadersOnOtherThreadsSeeEveryEventAtEveryMoment) {
  WriteBehind behind(store_, {.gather = 1ms});
  behind.start();
  std::atomic<std::uint64_t> applied = 0;
  std::atomic<int> missing = 0;
  std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::uint64_t until = applied;
      const UserId user("u1");
      if (behind.history(user, std::nullopt, 1'000)->events.size() < until) ++missing;
      if (until > 0 && !*behind.find_event(user, testing::test_event_id(until - 1))) ++missing;
      if (until > 0 && !*behind.receipt(user, testing::test_event_id(until - 1))) ++missing;
    }
  });
  for (std::uint64_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(behind.apply(step(behind, i)).ok());
    applied = i + 1;
  }
  reader.request_stop();
  reader.join();
  EXPECT_EQ(missing, 0);
}

}  // namespace
}  // namespace marquee::speed
