// Whatever is handed over, in whatever cut and however often: the stored position decides.

#include "streaming/record_fold.h"

#include <array>
#include <deque>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "formats/event_json.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::streaming {
namespace {

using kafka::StoredMessage;
using testing::EventBuilder;
using testing::FakeProfileStore;

/// A topic in memory, whose messages stay where they are.
class Topic {
 public:
  void add(std::int32_t partition, std::string key, std::string value) {
    kept_.push_back({std::move(key), std::move(value)});
    const auto& [kept_key, kept_value] = kept_.back();
    StoredMessage message;
    message.offset = {partition, next_[partition]++};
    message.key = kept_key;
    message.value = kept_value;
    messages_.push_back(message);
  }
  void add(std::int32_t partition, const EventBuilder& event) {
    std::string json;
    formats::append_event_json(json, event.build());
    add(partition, event.build().user_id.value(), std::move(json));
  }
  /// A marker of a transaction: an offset that is no message.
  void skip(std::int32_t partition) { ++next_[partition]; }

  const std::vector<StoredMessage>& all() const { return messages_; }

 private:
  std::deque<std::pair<std::string, std::string>> kept_;
  std::vector<StoredMessage> messages_;
  std::map<std::int32_t, std::uint64_t> next_;
};

MovieTable& shared_movies() {  // as the fake store wants it
  static MovieTable movies;
  return movies;
}

/// One process that is handed messages.
struct Driver {
  explicit Driver(const FakeProfileStore& shared) : store(shared) {}

  FakeProfileStore store;
  testing::ManualClock clock;
  RecordFold fold{{store, store, shared_movies(), clock}};
};

constexpr std::array<std::int32_t, 2> kBoth{0, 1};

TEST(RecordFold, FoldsWhatIsHandedOverAndStoresThePositionWithIt) {
  FakeProfileStore store;
  Driver driver(store);
  Topic topic;
  topic.add(0, EventBuilder("ann", "m1"));
  topic.add(1, EventBuilder("bob", "m1"));
  topic.skip(0);
  topic.add(0, EventBuilder("ann", "m2"));
  ASSERT_TRUE(driver.fold.claim(kBoth).ok());
  const auto counts = driver.fold.fold(topic.all());
  ASSERT_TRUE(counts.ok()) << counts.error().message;
  EXPECT_EQ(counts->folded.applied, 3U);
  EXPECT_EQ(counts->skipped, 0U);
  const FoldedTotals stored = store.totals().value();
  EXPECT_EQ(stored.cursor.next(0), 3U);
  EXPECT_EQ(stored.cursor.next(1), 1U);
  EXPECT_EQ(store.find_profile(UserId("ann")).value()->history_size, 2U);
}

TEST(RecordFold, ABatchThatIsReplayedCountsOnce) {
  FakeProfileStore store;
  Topic topic;
  for (std::uint64_t i = 0; i < 5; ++i) topic.add(0, EventBuilder("ann", "m1").id(i));
  for (int attempt = 0; attempt < 3; ++attempt) {
    Driver driver(store);
    ASSERT_EQ(driver.fold.claim(kBoth).value()[0].next, attempt == 0 ? 0U : 5U);
    const auto counts = driver.fold.fold(topic.all()).value();
    EXPECT_EQ(counts.folded.applied, attempt == 0 ? 5U : 0U);
    EXPECT_EQ(counts.skipped, attempt == 0 ? 0U : 5U);
  }
  EXPECT_EQ(store.totals().value().totals, (FoldTotals{.applied = 5}));
}

TEST(RecordFold, WhatIsNoEventIsSetAsideWithItsReasonAndInNobodysWay) {
  FakeProfileStore store;
  Driver driver(store);
  Topic topic;
  topic.add(0, EventBuilder("ann", "m1").id(1));
  topic.add(0, "ann", "not JSON");
  topic.add(0, "ann", R"({"v":1,"temperature":21})");
  topic.add(0, "", "");
  topic.add(0, "ann", std::string(std::size_t{2} << 20U, 'x'));
  topic.add(0, EventBuilder("ann", "m2").id(2));
  ASSERT_TRUE(driver.fold.claim(kBoth).ok());
  EXPECT_EQ(driver.fold.fold(topic.all()).value().folded,
            (FoldTotals{.applied = 2, .dead_lettered = 4}));
  const auto letters = store.dead_letters(9).value();
  ASSERT_EQ(letters.size(), 4U);
  EXPECT_EQ(letters[3].reason, "a message of 2097152 bytes is no event");
  EXPECT_EQ(letters[3].event.user_id, UserId("ann"));
}

TEST(RecordFold, OfALongMessageItsBeginningIsEnoughForTheSameReason) {
  FakeProfileStore store;
  Driver driver(store);
  Topic topic;
  topic.add(0, "ann", std::string(kafka::kValueBytesMax + 1, 'x'));
  std::vector<StoredMessage> cut = topic.all();
  cut[0].value_bytes = std::size_t{2} << 20U;
  ASSERT_TRUE(driver.fold.claim(kBoth).ok());
  ASSERT_TRUE(driver.fold.fold(cut).ok());
  EXPECT_EQ(store.dead_letters(9).value().at(0).reason, "a message of 2097152 bytes is no event");
}

TEST(RecordFold, WhoeverClaimsLaterKeepsTheEarlierOneFromStoring) {
  FakeProfileStore store;
  Driver paused(store);
  Driver successor(store);
  Topic topic;
  topic.add(0, EventBuilder("ann", "m1"));
  ASSERT_TRUE(paused.fold.claim(kBoth).ok());
  ASSERT_TRUE(successor.fold.claim(kBoth).ok());
  const auto late = paused.fold.fold(topic.all());
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(store.totals().value().totals, FoldTotals());
  EXPECT_EQ(successor.fold.fold(topic.all()).value().folded.applied, 1U);
}

TEST(RecordFold, APartitionThatIsNotClaimedAndMessagesOutOfOrderAreRefusedWhole) {
  FakeProfileStore store;
  Driver driver(store);
  Topic topic;
  topic.add(0, EventBuilder("ann", "m1").id(1));
  topic.add(0, EventBuilder("ann", "m2").id(2));
  topic.add(7, EventBuilder("bob", "m1").id(3));
  ASSERT_TRUE(driver.fold.claim(kBoth).ok());
  EXPECT_EQ(driver.fold.fold(topic.all()).error().code, ErrorCode::kFailedPrecondition);
  std::vector<StoredMessage> turned{topic.all()[1], topic.all()[0]};
  EXPECT_EQ(driver.fold.fold(turned).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.totals().value().totals, FoldTotals());
}

// Drivers die between steps, meet a store that fails, and hand over again from anywhere before the
// stored position: at the end every message is counted once.
TEST(RecordFold, HoweverItIsCutAndReplayedTheStateIsThatOfOnePass) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Rng rng(seed);
    Topic topic;
    for (int i = 0; i < 60; ++i) {
      const std::string user(1 + rng.below(4), 'u');
      const auto partition = static_cast<std::int32_t>(user.size() % 2);
      if (rng.below(8) == 0) topic.skip(partition);
      if (rng.below(9) == 0) topic.add(partition, user, "{");
      topic.add(partition,
                EventBuilder(user, "m" + std::to_string(rng.below(5))).id(rng.below(40)));
    }
    FakeProfileStore once;
    Driver alone(once);
    ASSERT_TRUE(alone.fold.claim(kBoth).ok());
    ASSERT_TRUE(alone.fold.fold(topic.all()).ok());

    FakeProfileStore store;
    std::size_t committed = 0;  // as Spark's checkpoint has it: behind the store or at it
    while (committed < topic.all().size()) {
      Driver driver(store);
      ASSERT_TRUE(driver.fold.claim(kBoth).ok());
      const std::size_t count = std::min(topic.all().size() - committed, 1 + rng.below(20));
      if (rng.below(3) == 0) {
        driver.store.fail_next_writes(1, Error{ErrorCode::kUnavailable, "away"});
      }
      const auto batch = std::span(topic.all()).subspan(committed, count);
      const bool dies = rng.below(3) == 0;
      const auto part = dies ? batch.first(rng.below(batch.size() + 1)) : batch;
      if (driver.fold.fold(part).ok() && !dies) committed += count;
    }
    EXPECT_EQ(store.totals().value().totals, once.totals().value().totals) << "seed " << seed;
    EXPECT_EQ(speed::hash_state(store, shared_movies()).value().hex,
              speed::hash_state(once, shared_movies()).value().hex)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace marquee::streaming
