#include "speed/rebuild.h"

#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_partitioned_log.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using testing::EventBuilder;
using testing::FakeEventLog;
using testing::FakeProfileStore;

HistorySource source_of(std::vector<std::vector<Event>> batches) {
  auto next = std::make_shared<std::size_t>(0);
  return [batches = std::move(batches), next]() -> Result<std::vector<Event>> {
    if (*next == batches.size()) return std::vector<Event>();
    return batches[(*next)++];
  };
}

class RebuildTest : public ::testing::Test {
 protected:
  void push(const EventBuilder& builder) {
    log_.push_unchecked(builder.build(), builder.fingerprint());
  }
  std::string hash() { return hash_state(store_, movies_)->hex; }

  testing::ManualClock clock_;
  FakeEventLog log_{clock_};
  FakeProfileStore store_;
  MovieTable movies_;
};

TEST_F(RebuildTest, FoldsHistoryBeforeTheLog) {
  push(EventBuilder("u1", "m2").id(3));
  const auto totals = fold_from_zero(source_of({{EventBuilder("u1", "m1").id(1).build()},
                                                {EventBuilder("u2", "m1").id(2).build()}}),
                                     &log_, std::nullopt, store_, movies_);
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(*totals, (FoldTotals{.applied = 1, .history = 2}));
  const HistoryPage page = *store_.history(UserId("u1"), std::nullopt, 10);
  ASSERT_EQ(page.events.size(), 2U);
  EXPECT_EQ(page.events[0].offset, (Offset{Offset::kEmbedded, 0}));
  EXPECT_FALSE(page.events[1].offset.has_value());
}

TEST_F(RebuildTest, SkipsWhatHistoryRepeats) {
  const Event event = EventBuilder("u1", "m1").id(1).build();
  const auto totals =
      fold_from_zero(source_of({{event, event}, {event}}), nullptr, std::nullopt, store_, movies_);
  EXPECT_EQ(*totals, FoldTotals{.history = 1});
}

TEST_F(RebuildTest, GivesTheSameStateHoweverFewProfilesItKeeps) {
  std::vector<std::vector<Event>> batches(1);
  for (std::uint64_t i = 0; i < 25'000; ++i) {  // two flushes and a half
    batches.back().push_back(EventBuilder("u" + std::to_string(i * 7919 % 40),
                                          "m" + std::to_string(i % 23), EventType::kLike)
                                 .id(i)
                                 .build());
    if (batches.back().size() == 4'000) batches.emplace_back();
  }
  if (batches.back().empty()) batches.pop_back();
  for (std::uint64_t i = 0; i < 50; ++i) push(EventBuilder("u" + std::to_string(i), "m1").id(i));
  ASSERT_TRUE(fold_from_zero(source_of(batches), &log_, std::nullopt, store_, movies_).ok());
  FakeProfileStore other;
  const auto totals = fold_from_zero(source_of(batches), &log_, std::nullopt, other, movies_, 1);
  ASSERT_TRUE(totals.ok()) << totals.error().message;
  EXPECT_EQ(*totals, store_.totals()->totals);
  EXPECT_EQ(hash_state(other, movies_)->hex, hash());
}

TEST_F(RebuildTest, StopsAtTheGivenCursor) {
  for (std::uint64_t i = 0; i < 10; ++i) push(EventBuilder("u1", "m1").id(i));
  Cursor until;
  until.set_next(Offset::kEmbedded, 4);
  const auto totals = fold_from_zero({}, &log_, until, store_, movies_);
  EXPECT_EQ(totals->applied, 4U);
  EXPECT_EQ(store_.totals()->cursor, until);
}

TEST_F(RebuildTest, SaysWhenTheLogIsShorterThanAsked) {
  Cursor until;
  until.set_next(Offset::kEmbedded, 4);
  EXPECT_EQ(fold_from_zero({}, &log_, until, store_, movies_).error().code, ErrorCode::kDataLoss);
}

TEST_F(RebuildTest, RefusesAStoreThatHoldsSomething) {
  push(EventBuilder("u1", "m1"));
  ASSERT_TRUE(fold_from_zero({}, &log_, std::nullopt, store_, movies_).ok());
  EXPECT_EQ(fold_from_zero({}, &log_, std::nullopt, store_, movies_).error().code,
            ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(store_.reset().ok());
  EXPECT_TRUE(fold_from_zero({}, &log_, std::nullopt, store_, movies_).ok());
}

TEST_F(RebuildTest, NamesHistoryThatCannotBeFolded) {
  Event bad = EventBuilder("u1", "m1", EventType::kRating).id(5).build();
  const auto totals = fold_from_zero(source_of({{bad}}), nullptr, std::nullopt, store_, movies_);
  ASSERT_FALSE(totals.ok());
  EXPECT_NE(totals.error().message.find(bad.event_id.to_string()), std::string::npos);
}

TEST_F(RebuildTest, PassesOnTheErrorOfTheSource) {
  const HistorySource broken = []() -> Result<std::vector<Event>> {
    return Error{ErrorCode::kDataLoss, "the archive is damaged"};
  };
  EXPECT_EQ(fold_from_zero(broken, &log_, std::nullopt, store_, movies_).error().code,
            ErrorCode::kDataLoss);
}

TEST_F(RebuildTest, HashesTheSameStateAlikeWhateverKeysTheProcessDealt) {
  push(EventBuilder("u1", "b").id(1));
  push(EventBuilder("u1", "a").id(2));
  ASSERT_TRUE(fold_from_zero({}, &log_, std::nullopt, store_, movies_).ok());
  FakeProfileStore other;
  MovieTable other_movies;
  other_movies.intern(MovieId("a"));
  ASSERT_TRUE(fold_from_zero({}, &log_, std::nullopt, other, other_movies).ok());
  EXPECT_EQ(hash(), hash_state(other, other_movies)->hex);
}

TEST_F(RebuildTest, HashesEveryPartOfTheState) {
  std::vector<std::string> hashes{hash()};
  const auto expect_new_hash = [&] {
    for (const std::string& seen : hashes) EXPECT_NE(hash(), seen);
    hashes.push_back(hash());
  };
  UserProfile profile;
  const MovieKey m1 = movies_.intern(MovieId("m1"));
  const auto store = [&](std::vector<CountDelta> counts) {
    FoldBatch batch;
    batch.profiles.emplace_back(UserId("u1"), std::make_shared<UserProfile>(profile));
    batch.counts = std::move(counts);
    ASSERT_TRUE(store_.apply(batch).ok());
    expect_new_hash();
  };
  store({});
  profile.version = 1;
  store({});
  profile.history_size = 1;
  store({});
  profile.last_offset = Offset{};
  store({});
  profile.recent.push_back({.movie = m1, .value = std::nullopt});
  store({});
  profile.recent[0].value = 0.0F;
  store({});
  profile.recent[0].seq = 1;
  store({});
  profile.state_of(m1).seen = 1;
  store({});
  profile.state_of(m1).watchlisted = true;
  store({});
  store({{m1, 5, 1}});
  store({{m1, 5, 1}});
}

TEST_F(RebuildTest, OfSeveralPartitionsStopsInEachAtTheGivenCursor) {
  testing::FakePartitionedLog log(2);  // by the length of the viewer's id
  const auto push = [&](const std::string& user, std::uint64_t id) {
    const EventBuilder event = EventBuilder(user, "m1").id(id);
    log.push(event.build(), event.fingerprint());
  };
  for (std::uint64_t i = 0; i < 20'100; ++i) push("u1", i);  // more than one read, behind the end
  for (std::uint64_t i = 0; i < 5; ++i) push("u", i);
  log.push_gap(1);
  Cursor until;
  until.set_next(0, 2);
  until.set_next(1, 6);
  const auto totals = fold_from_zero({}, &log, until, store_, movies_);
  ASSERT_TRUE(totals.ok()) << totals.error().message;
  EXPECT_EQ(totals->applied, 7U);
  EXPECT_EQ(store_.totals()->cursor, until);
}

}  // namespace
}  // namespace marquee::speed
