#include "sim/simulated_topic.h"

#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::sim {
namespace {

using testing::EventBuilder;

constexpr std::chrono::milliseconds kNow{0};

class SimulatedTopicTest : public ::testing::Test {
 protected:
  void send(const std::string& user, std::uint64_t id) {
    topic_.append({EventBuilder(user, "m1").id(id).pending()}, [](const auto& outcomes) {
      ASSERT_TRUE(outcomes.ok());
      EXPECT_EQ(outcomes->front().status, AppendStatus::kAccepted);
    });
  }
  std::vector<LogRecord> read_all(Cursor from) {
    std::vector<LogRecord> records;
    for (;;) {
      LogBatch batch = *topic_.read(from, 5, kNow);
      if (batch.records.empty()) return records;
      records.insert(records.end(), batch.records.begin(), batch.records.end());
      from = batch.next;
    }
  }

  testing::ManualClock clock_;
  SimulatedTopic topic_{clock_, 3, 1};
};

TEST_F(SimulatedTopicTest, EveryPartitionIsReadInItsOrderHoweverTheyInterleave) {
  for (std::uint64_t i = 0; i < 60; ++i) send("u" + std::to_string(i % 7), i);
  bool differs = false;
  const auto first = read_all({});
  for (int again = 0; again < 5; ++again) {
    Cursor seen;
    const auto records = read_all({});
    ASSERT_EQ(records.size(), 60);
    for (const LogRecord& record : records) {
      ASSERT_EQ(record.offset.sequence, seen.next(record.offset.partition));
      seen.set_next(record.offset.partition, record.offset.sequence + 1);
    }
    EXPECT_EQ(seen, topic_.end());
    differs = differs || records != first;
  }
  EXPECT_TRUE(differs);
}

TEST_F(SimulatedTopicTest, ARepeatIsStoredOnceMore) {
  send("u1", 7);
  send("u1", 7);
  const auto records = read_all({});
  ASSERT_EQ(records.size(), 2);
  EXPECT_EQ(records[0].event.event_id, records[1].event.event_id);
  EXPECT_EQ(records[0].offset.partition, records[1].offset.partition);
}

}  // namespace
}  // namespace marquee::sim
