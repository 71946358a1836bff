// Goal: a log behind others ends where all of them end, and is read without a word of theirs.

#include "app/storage/continued_log.h"

#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/fake_partitioned_log.h"

namespace marquee::app {
namespace {

constexpr std::chrono::milliseconds kNow{0};

class ContinuedLogTest : public ::testing::Test {
 protected:
  ContinuedLogTest() {
    auto inner = std::make_unique<marquee::testing::FakePartitionedLog>(2);
    inner->push(marquee::testing::EventBuilder("u1", "m1").id(1).build(), 1);
    moved_.set_next(Offset::kEmbedded, 17);
    moved_.set_next(0, 5);  // of a topic that this one has taken the place of
    log_ = std::make_unique<ContinuedLog>(std::move(inner), moved_);
  }

  Cursor moved_;
  std::unique_ptr<ContinuedLog> log_;
};

TEST_F(ContinuedLogTest, EndsWhereAllOfThemEnd) {
  Cursor events = log_->end();
  EXPECT_EQ(events.next(Offset::kEmbedded), 17U);
  EXPECT_EQ(events.next(0) + events.next(1), 1U);
  EXPECT_EQ(log_->partitions(), (std::vector<std::int32_t>{0, 1}));
}

TEST_F(ContinuedLogTest, ReadsItsOwnAndLeavesTheOthersWhereTheyAre) {
  Cursor from;
  from.set_next(Offset::kEmbedded, 17);
  const auto read = log_->read(from, 10, kNow);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->records.size(), 1U);
  EXPECT_EQ(read->next, log_->end());
  const std::int32_t partition = read->records[0].offset.partition;
  const auto one = log_->read_partitions(std::span(&partition, 1), from, 10, kNow);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->next, log_->end());
}

}  // namespace
}  // namespace marquee::app
