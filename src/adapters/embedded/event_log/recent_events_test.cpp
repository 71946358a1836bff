#include "adapters/embedded/event_log/recent_events.h"

#include <map>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "testing/event_builder.h"

namespace marquee::embedded {
namespace {

using testing::test_event_id;

RecentEvents::Key key(std::uint64_t number, const std::string& user = "u") {
  return RecentEvents::key_of(UserId(user), test_event_id(number));
}

RecentEvents with(std::uint64_t count) {
  RecentEvents events;
  for (std::uint64_t i = 0; i < count; ++i) events.insert(key(i), {i, 10 + i, 20});
  return events;
}

TEST(RecentEvents, FindsByViewerAndIdTogether) {
  const RecentEvents events = with(3);
  ASSERT_NE(events.find(key(1)), nullptr);
  EXPECT_EQ(events.find(key(1))->offset, 1U);
  EXPECT_EQ(events.find(key(1))->fingerprint, 11U);
  EXPECT_EQ(events.find(key(3)), nullptr);
  EXPECT_EQ(events.find(key(1, "v")), nullptr);
}

TEST(RecentEvents, TakesUserIdsOfAnyLength) {
  RecentEvents events;
  events.insert(key(1, std::string(5'000, 'a')), {1, 1, 1});
  EXPECT_NE(events.find(key(1, std::string(5'000, 'a'))), nullptr);
  EXPECT_EQ(events.find(key(1, std::string(5'001, 'a'))), nullptr);
}

TEST(RecentEvents, TakesBackTheEventsOfAFailedFrame) {
  RecentEvents events = with(5);
  events.remove_from(3);
  EXPECT_NE(events.find(key(2)), nullptr);
  EXPECT_EQ(events.find(key(3)), nullptr);
  EXPECT_EQ(events.find(key(4)), nullptr);
  EXPECT_EQ(events.size(), 3U);
  events.remove_from(0);
  EXPECT_EQ(events.size(), 0U);
}

TEST(RecentEvents, ForgetsTheOldestThatTheFoldHasPassed) {
  RecentEvents events = with(10);
  events.forget(2, 5);
  EXPECT_EQ(events.size(), 5U);
  EXPECT_EQ(events.find(key(4)), nullptr);
  EXPECT_NE(events.find(key(5)), nullptr);
  events.forget(2, 100);
  EXPECT_EQ(events.size(), 2U);
}

TEST(RecentEvents, OnlyIdsNotYoungerThanAForgottenOneMayBeForgotten) {
  RecentEvents events = with(10);
  EXPECT_FALSE(events.may_be_forgotten(test_event_id(0)));
  EXPECT_FALSE(events.may_be_forgotten(Uuid{}));
  events.forget(6, 100);
  EXPECT_TRUE(events.may_be_forgotten(test_event_id(0)));
  EXPECT_TRUE(events.may_be_forgotten(test_event_id(3)));
  EXPECT_FALSE(events.may_be_forgotten(test_event_id(4)));
  EXPECT_TRUE(events.may_be_forgotten(Uuid{}));  // no time in it
}

/// The obvious way: everything that is remembered, by offset.
class Reference {
 public:
  const RecentEvents::Entry* find(const RecentEvents::Key& key) const {
    for (const auto& [offset, known] : events) {
      if (known.first == key) return &known.second;
    }
    return nullptr;
  }
  void remove_from(std::uint64_t offset) { events.erase(events.lower_bound(offset), events.end()); }
  void forget(std::size_t size_max, std::uint64_t folded_end) {
    while (events.size() > size_max && events.begin()->first < folded_end) {
      events.erase(events.begin());
    }
  }
  std::map<std::uint64_t, std::pair<RecentEvents::Key, RecentEvents::Entry>> events;
};

/// Few hashes for many ids: long chains, around the end of the table too.
RecentEvents::Key crowded_key(std::uint64_t number) {
  return {number % 5 == 0 ? 0xFFFF'FFFFU - number % 3 : number % 7, test_event_id(number)};
}

TEST(RecentEvents, AnyMixOfChangesLeavesWhatTheObviousWayLeaves) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed);
    RecentEvents events;
    Reference reference;
    const auto key_of = [seed](std::uint64_t n) { return seed % 2 == 0 ? key(n) : crowded_key(n); };
    for (std::uint64_t offset = 0; offset < 300; ++offset) {
      const std::uint64_t number = rng.below(200);
      const RecentEvents::Entry entry{offset, rng.next(), 20};
      if (reference.find(key_of(number)) == nullptr) {
        reference.events.insert({offset, {key_of(number), entry}});
      }
      events.insert(key_of(number), entry);
      if (rng.below(20) == 0) {
        const std::uint64_t from = offset - std::min(offset, rng.below(10));
        events.remove_from(from);
        reference.remove_from(from);
      }
      if (rng.below(20) == 0) {
        const std::size_t size_max = rng.below(60);
        const std::uint64_t folded_end = rng.below(offset + 1);
        events.forget(size_max, folded_end);
        reference.forget(size_max, folded_end);
      }
      ASSERT_EQ(events.size(), reference.events.size()) << "seed " << seed;
      if (offset % 10 != 9) continue;
      for (std::uint64_t n = 0; n < 200; ++n) {
        const RecentEvents::Entry* found = events.find(key_of(n));
        const RecentEvents::Entry* wanted = reference.find(key_of(n));
        ASSERT_EQ(found == nullptr, wanted == nullptr) << "seed " << seed << ", id " << n;
        if (found == nullptr) continue;
        ASSERT_EQ(found->offset, wanted->offset);
        ASSERT_EQ(found->fingerprint, wanted->fingerprint);
      }
    }
  }
}

TEST(RecentEvents, AnEventCostsAtMostAHundredBytesHoweverManyCameAndWent) {
  RecentEvents events;
  for (std::uint64_t i = 0; i < 300'000; ++i) {
    events.insert(key(i), {i, i, 20});
    if (i >= 100'000) events.forget(100'000, i);
    if (events.size() >= 1'000) {
      ASSERT_LE(events.bytes(), 100 * events.size());
    }
  }
  EXPECT_EQ(events.size(), 100'000U);
}

}  // namespace
}  // namespace marquee::embedded
