// Goal: what came before a move of the log is read before what came after it, in whichever
// partitions.

#include "formats/log_moves.h"

#include <gtest/gtest.h>

#include "batch/archive_stage.h"
#include "batch/archived_log.h"
#include "batch/partitioned_fixture.h"

namespace marquee::batch {
namespace {

class LogMovesTest : public ::testing::Test {
 protected:
  /// Three partitions: 2 was written first, then 0, then 2 and 1 again; all of it is archived.
  LogMovesTest() {
    push(2, 3);
    move();
    push(0, 2);
    move();
    push(2, 2);
    push(1, 1);
    const auto archived = archive_stage(world_.until(kFirstDay + 1), world_.log, objects());
    EXPECT_TRUE(archived.ok());
  }

  void push(std::int32_t partition, int count) {
    for (int i = 0; i < count; ++i) world_.accept(partition, at(kFirstDay, ++time_ms_));
  }
  void move() {
    moves_.moves.push_back(world_.log.end());
    const std::string json = formats::to_json(moves_);
    ASSERT_TRUE(objects().put(formats::LogMoves::kKey, std::as_bytes(std::span(json))).ok());
  }
  ObjectStore& objects() { return world_.world.objects; }

  static std::vector<std::string> offsets(const std::vector<LogRecord>& records) {
    std::vector<std::string> all;
    for (const LogRecord& record : records) all.push_back(record.offset.to_string());
    return all;
  }

  PartitionedWorld world_{3};
  formats::LogMoves moves_;
  std::int64_t time_ms_ = 0;
  const std::vector<std::string> in_order_{"k:2:0", "k:2:1", "k:2:2", "k:0:0",
                                           "k:0:1", "k:1:0", "k:2:3", "k:2:4"};
};

TEST_F(LogMovesTest, AreTheOrderOfTheArchive) {
  for (const std::size_t at_most : {1U, 2U, 100U}) {
    const auto log = ArchivedLog::open(objects(), nullptr);
    ASSERT_TRUE(log.ok()) << log.error().message;
    EXPECT_EQ(offsets(read_from(**log, {}, at_most)), in_order_);
  }
}

TEST_F(LogMovesTest, AreTheOrderWhereTheLogStillHasWhatIsArchived) {
  const auto log = ArchivedLog::open(objects(), &world_.log, ArchivedLog::Prefer::kLog);
  ASSERT_TRUE(log.ok()) << log.error().message;
  auto read = offsets(read_from(**log, {}, 2));
  ASSERT_EQ(read.size(), in_order_.size());
  // Behind the last move the log gives its partitions in an order of its own.
  EXPECT_EQ(std::vector(read.begin(), read.begin() + 5),
            std::vector(in_order_.begin(), in_order_.begin() + 5));
}

TEST_F(LogMovesTest, AreReadOnFromWhereAReaderStands) {
  const auto log = ArchivedLog::open(objects(), nullptr);
  Cursor from;
  from.set_next(2, 3);
  from.set_next(0, 1);
  EXPECT_EQ(offsets(read_from(**log, from, 9)),
            std::vector(in_order_.begin() + 4, in_order_.end()));
}

TEST_F(LogMovesTest, ThatAreDamagedEndTheOpening) {
  ASSERT_TRUE(objects().put(formats::LogMoves::kKey, std::as_bytes(std::span("x", 1))).ok());
  const auto log = ArchivedLog::open(objects(), nullptr);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace marquee::batch
