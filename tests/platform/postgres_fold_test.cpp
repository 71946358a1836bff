// Several processes that fold into one PostgreSQL, and those that follow them.
#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "adapters/postgres/event_copy.h"
#include "adapters/postgres/profile_store.h"
#include "adapters/postgres/recommendation_log.h"
#include "base/uuid.h"
#include "platform/postgres_for_test.h"
#include "ports/contract/fold_changes_contract.h"
#include "ports/contract/partition_claims_contract.h"

namespace marquee::testing {
namespace {

using postgres::PostgresProfileStore;
using Clock = std::chrono::steady_clock;

/// Two processes' doors: each with connections and a table of films of its own.
class TwoStores : public PostgresHarness {
 public:
  PostgresProfileStore& store() { return one_; }
  PostgresProfileStore& claims() { return one_; }
  PostgresProfileStore& other_store() { return other_; }
  PostgresProfileStore& other_claims() { return other_; }
  PostgresProfileStore& changes() { return other_; }
  MovieTable& other_movies() { return other_movies_; }
  postgres::PostgresDatabase& other_database() { return *other_database_; }

 private:
  PostgresProfileStore one_{database(), movies()};
  std::unique_ptr<postgres::PostgresDatabase> other_database_ = schema().open();
  MovieTable other_movies_;
  PostgresProfileStore other_{*other_database_, other_movies_};
};

/// Steps of both members count films with the keys of `movies()`.
class OneTable : public PostgresHarness {
 public:
  PostgresProfileStore& store() { return one_; }
  PostgresProfileStore& claims() { return one_; }
  PostgresProfileStore& other_store() { return other_; }
  PostgresProfileStore& other_claims() { return other_; }

 private:
  PostgresProfileStore one_{database(), movies()};
  std::unique_ptr<postgres::PostgresDatabase> other_database_ = schema().open();
  PostgresProfileStore other_{*other_database_, movies()};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, PartitionClaimsContract, OneTable);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, FoldChangesContract, TwoStores);

/// A step of `count` events of partition `partition` on top of `at`: one viewer for five events,
/// each with a profile, and counts of 50 films.
FoldBatch a_step(PartitionPosition& at, std::size_t count, MovieTable& movies) {
  FoldBatch step;
  step.before.set_next(at.partition, at.next);
  for (std::size_t i = 0; i < count; ++i, ++at.next) {
    const std::string user = fmt::format("u{}-{}", at.partition, at.next / 5);
    const std::string film = fmt::format("m{}", at.next % 50);
    Event event;
    event.event_id = Uuid::v7(kTestEpochMs + static_cast<std::int64_t>(at.next));
    event.user_id = UserId(user);
    event.movie_id = MovieId(film);
    event.list_id = ListId("list-" + user);
    step.applied.push_back(
        {event, at.next % 5, Offset{at.partition, at.next}, at.next, false, kTestEpochMs});
    step.counts.push_back({movies.intern(event.movie_id), 20'000, 1});
    if (at.next % 5 != 4) continue;
    auto profile = std::make_shared<UserProfile>();
    profile->version = 5;
    profile->last_offset = Offset{at.partition, at.next};
    step.profiles.emplace_back(event.user_id, std::move(profile));
  }
  at.totals.applied += count;
  step.after.set_next(at.partition, at.next);
  step.totals = at.totals;
  return step;
}

class PostgresFold : public ::testing::Test, public TwoStores {
 protected:
  std::int64_t counted() {
    std::int64_t sum = 0;
    EXPECT_TRUE(store()
                    .load([](const UserId&, const UserProfile&) {},
                          [&](const CountDelta& count) { sum += count.delta; })
                    .ok());
    return sum;
  }
};

TEST_F(PostgresFold, TakesStepsOfTwoMembersAtOnceAndLosesNone) {
  constexpr int kSteps = 30;
  constexpr std::size_t kEvents = 50;
  auto member = [&](PostgresProfileStore& store, std::int32_t partition, MovieTable& films) {
    const auto claimed = store.claim(std::vector{partition});
    ASSERT_TRUE(claimed.ok()) << claimed.error().message;
    PartitionPosition at = claimed->front();
    for (int i = 0; i < kSteps; ++i) {
      const auto stored = store.apply(a_step(at, kEvents, films));
      ASSERT_TRUE(stored.ok()) << stored.error().message;
    }
  };
  {
    // One counts the films up from the first, the other has met them in another order.
    for (int film = 49; film >= 0; --film) other_movies().intern(MovieId(fmt::format("m{}", film)));
    std::jthread other([&] { member(other_store(), 1, other_movies()); });
    member(store(), 0, movies());
  }
  EXPECT_EQ(store().totals()->totals.applied, 2U * kSteps * kEvents);
  EXPECT_EQ(counted(), 2 * kSteps * static_cast<std::int64_t>(kEvents));
}

TEST_F(PostgresFold, KeepsOneOfTwoUnclaimedFoldsThatRace) {
  for (int round = 0; round < 10; ++round) {
    PartitionPosition at{Offset::kEmbedded, store().totals()->cursor.next(Offset::kEmbedded),
                         store().totals()->totals};
    FoldBatch mine = a_step(at, 1, movies());
    mine.counts.clear();  // whose keys are those of one process
    Result<void> other_outcome;
    {
      std::jthread other([&] { other_outcome = other_store().apply(mine); });
      const auto outcome = store().apply(mine);
      other.join();
      EXPECT_NE(outcome.ok(), other_outcome.ok()) << "round " << round;
      const auto& refused = outcome.ok() ? other_outcome : outcome;
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition) << refused.error().message;
    }
  }
  EXPECT_EQ(store().totals()->totals.applied, 10U);
}

TEST_F(PostgresFold, CountsEachClickOnceThoughListsAndClicksRace) {
  postgres::PostgresRecommendationLog log(other_database());
  constexpr int kLists = 40;
  {
    std::jthread logging([&] {
      for (int i = 0; i < kLists; ++i) {
        ShownList list;
        list.user_id = UserId(fmt::format("u0-{}", i));
        list.list_id = ListId("list-" + list.user_id.value());
        for (int film = 0; film < 50; ++film) {
          list.items.push_back({MovieId(fmt::format("m{}", film)), 1.0F});
        }
        EXPECT_TRUE(log.append(std::vector{list}).ok());
      }
    });
    PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
    for (int i = 0; i < kLists; ++i) {
      const auto stored = store().apply(a_step(at, 5, movies()));
      ASSERT_TRUE(stored.ok()) << stored.error().message;
    }
  }
  const auto sum = log.click_through();
  EXPECT_EQ(sum->lists, 40U);
  EXPECT_EQ(sum->clicked, 200U);
}

/// Large steps go by COPY, small ones by INSERT.
TEST_F(PostgresFold, EventsOfALargeStepComeBackAsThoseOfASmallOne) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  for (const std::size_t count : {postgres::kCopiedEventsMin - 1, postgres::kCopiedEventsMin + 1}) {
    FoldBatch step = a_step(at, count, movies());
    Event& full = step.applied[0].event;
    full.movie_id = MovieId("m\t\\N'\xE2\x82\xAC");
    full.type = EventType::kUndo;
    full.value = -0.5;
    full.session_id = SessionId("s");
    full.position = 7;
    full.undoes = Uuid::v7(1);
    full.accepted_at_ms = 12'345;
    step.applied[0].undone = true;
    Event& bare = step.applied[1].event;
    bare.list_id.reset();
    step.applied[1].offset.reset();
    step.applied[1].fingerprint = 0xFFFFFFFFFFFFFFFF;
    const auto stored = store().apply(step);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    std::vector<EventKey> keys;
    for (const AppliedEvent& one : step.applied) {
      keys.push_back({one.event.user_id, one.event.event_id});
    }
    const auto found = store().find_events(keys);
    ASSERT_TRUE(found.ok()) << found.error().message;
    for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ((*found)[i], step.applied[i]) << i;
  }
}

TEST_F(PostgresFold, ALargeStepWithAnEventThatIsThereChangesNothing) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  const FoldBatch first = a_step(at, 600, movies());
  ASSERT_TRUE(store().apply(first).ok());
  const PartitionPosition before = at;
  FoldBatch again = a_step(at, 600, movies());
  again.applied[599].event.event_id = first.applied[0].event.event_id;  // ids are random
  again.applied[599].event.user_id = UserId("u0-0");
  again.applied[599].seq = 77;
  const auto refused = store().apply(again);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict) << refused.error().message;
  EXPECT_EQ(store().totals()->cursor.next(0), before.next);
  at = before;
  EXPECT_TRUE(store().apply(a_step(at, 600, movies())).ok()) << "the connection goes on";
}

/// They come in one answer up to a thousand, by a cursor beyond.
TEST_F(PostgresFold, AFollowerHearsOfEachViewerHoweverManyChanged) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  auto seen = changes().changes({}, [](const UserId&, const UserProfile&) {});
  for (const std::size_t viewers : {1U, 999U, 1'000U, 1'001U}) {
    ASSERT_TRUE(store().apply(a_step(at, 5 * viewers, movies())).ok());
    std::set<std::string> changed;
    seen = changes().changes(*seen, [&](const UserId& user, const UserProfile& profile) {
      EXPECT_EQ(profile.version, 5U);
      EXPECT_TRUE(changed.insert(user.value()).second) << user.value();
    });
    ASSERT_TRUE(seen.ok()) << seen.error().message;
    EXPECT_EQ(changed.size(), viewers);
    EXPECT_EQ(seen->folded.cursor.next(0), at.next);
  }
}

TEST_F(PostgresFold, FindsManyEventsAndProfilesInTheOrderAskedFor) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  const FoldBatch step = a_step(at, 20, movies());
  ASSERT_TRUE(store().apply(step).ok());
  std::vector<EventKey> keys;
  for (auto event = step.applied.rbegin(); event != step.applied.rend(); ++event) {
    keys.push_back({event->event.user_id, event->event.event_id});
    keys.push_back({UserId("nobody"), event->event.event_id});
  }
  keys.push_back(keys.front());
  const auto found = store().find_events(keys);
  ASSERT_TRUE(found.ok() && found->size() == keys.size());
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ((*found)[2 * i], step.applied[19 - i]);
    EXPECT_FALSE((*found)[2 * i + 1].has_value());
  }
  EXPECT_EQ(found->back(), found->front());
  const auto profiles = store().find_profiles(
      std::vector{UserId("u0-3"), UserId("nobody"), UserId("u0-0"), UserId("u0-3")});
  ASSERT_TRUE(profiles.ok());
  EXPECT_EQ((*profiles)[0]->last_offset, (Offset{0, 19}));
  EXPECT_EQ((*profiles)[1], nullptr);
  EXPECT_EQ((*profiles)[2]->last_offset, (Offset{0, 4}));
  EXPECT_TRUE(store().find_events({})->empty());
}

TEST_F(PostgresFold, ATornOffFollowerFallsBackToLooking) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  ASSERT_TRUE(store().apply(a_step(at, 5, movies())).ok());
  const auto seen = changes().changes({}, [](const UserId&, const UserProfile&) {});
  ASSERT_TRUE(changes().wait_for_change(*seen, std::chrono::milliseconds(1)).ok());
  ASSERT_TRUE(database()
                  .query({"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"},
                         database().options().write_timeout)
                  .ok());
  std::jthread folding([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_TRUE(store().apply(a_step(at, 5, movies())).ok());
  });
  const auto begun = Clock::now();
  bool moved = false;
  while (!moved && Clock::now() - begun < std::chrono::seconds(60)) {
    ASSERT_TRUE(changes().wait_for_change(*seen, std::chrono::seconds(60)).ok());
    moved = changes().totals()->cursor != seen->folded.cursor;
  }
  EXPECT_TRUE(moved);
}

// Printed, not asserted: the machine is shared.
TEST_F(PostgresFold, FoldsAThousandEventsAStep) {
  PartitionPosition at = store().claim(std::vector<std::int32_t>{0})->front();
  constexpr int kSteps = 20;
  std::vector<FoldBatch> steps;
  for (int i = 0; i < kSteps; ++i) steps.push_back(a_step(at, 1'000, movies()));
  const auto begun = Clock::now();
  for (const FoldBatch& step : steps) {
    const auto stored = store().apply(step);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
  }
  const auto seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::printf(
      "fold: %d steps of 1000 events with 200 profiles, 50 counts and 1000 clicks of lists: "
      "%.0f events/s, %.1f ms a step\n",
      kSteps, kSteps * 1'000 / seconds, 1e3 * seconds / kSteps);
  EXPECT_EQ(store().totals()->totals.applied, 20'000U);
}

}  // namespace
}  // namespace marquee::testing
