#include "adapters/kafka/reader_pool.h"

#include <future>
#include <iterator>
#include <memory>
#include <span>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/foreign_producer_fixture.h"
#include "adapters/kafka/mock_cluster_fixture.h"
#include "formats/event_json.h"
#include "testing/event_builder.h"

namespace marquee::kafka {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;

class ReaderPoolTest : public ::testing::Test {
 protected:
  static constexpr int kPartitions = 2;

  ReaderPoolTest() {
    options_.readers = 2;
    auto client = ClientConfig(options_).make_consumer("g");
    EXPECT_TRUE(client.ok());
    client_ = *std::move(client);
    ends_ = std::make_unique<TopicEnds>(client_.get(), options_.topic, kPartitions);
    pool_ = std::make_unique<ReaderPool>(options_, *ends_);
  }
  void send(std::int32_t partition, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
      std::string value;
      formats::append_event_json(value, EventBuilder("u", "m").id(i).build());
      other_.send({partition, "u", value});
    }
    EXPECT_TRUE(ends_->refresh(10s).ok());
  }
  Result<LogBatch> read(const Cursor& from, std::size_t events_max = 100,
                        std::chrono::milliseconds wait = 0ms) {
    return pool_->read(all_, from, events_max, wait);
  }

  /// Reads on until `count` records are there or something fails; the mock sends one at a time.
  Result<LogBatch> read_on(const Cursor& from, std::size_t count,
                           std::span<const std::int32_t> partitions) {
    LogBatch all{{}, from};
    while (all.records.size() < count) {
      auto batch = pool_->read(partitions, all.next, count - all.records.size(), 0ms);
      if (!batch.ok() || batch->records.empty()) return batch;
      all.next = batch->next;
      std::move(batch->records.begin(), batch->records.end(), std::back_inserter(all.records));
    }
    return all;
  }

  MockCluster cluster_{kPartitions};
  KafkaOptions options_ = cluster_.options();
  const std::vector<std::int32_t> all_{0, 1};
  ForeignProducer other_{options_};
  Client client_;
  std::unique_ptr<TopicEnds> ends_;
  std::unique_ptr<ReaderPool> pool_;
};

TEST_F(ReaderPoolTest, WhoReadsOnKeepsItsReaderWhileOthersReadElsewhere) {
  send(0, 0, 50);
  Cursor at;
  std::uint64_t next = 0;
  for (int round = 0; round < 5; ++round) {
    const auto batch = read_on(at, 10, all_);
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    ASSERT_EQ(batch->records.size(), 10U);
    for (const LogRecord& record : batch->records) EXPECT_EQ(record.offset.sequence, next++);
    at = batch->next;
    const auto other = std::async(std::launch::async, [&] { return read(Cursor{}, 1); }).get();
    ASSERT_EQ(other->records.size(), 1U) << "another, always at the beginning";
    EXPECT_LE(pool_->open(), 2U);
  }
}

TEST_F(ReaderPoolTest, WhoGoesBackAfterAFailureTakesItsOwnReaderAlong) {
  send(0, 0, 20);
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(read_on(Cursor{}, 10, all_)->records.size(), 10U) << "again from the beginning";
    EXPECT_EQ(pool_->open(), 1U) << "each has some five threads";
  }
}

TEST_F(ReaderPoolTest, OnlyTheAskedPartitionsAreReadAndTheOthersStay) {
  send(0, 0, 5);
  send(1, 5, 5);
  Cursor at;
  at.set_next(0, 2);
  const std::vector<std::int32_t> second{1};
  const auto batch = read_on(at, 5, second);
  ASSERT_TRUE(batch.ok()) << batch.error().message;
  EXPECT_EQ(batch->records.size(), 5U);
  for (const LogRecord& record : batch->records) EXPECT_EQ(record.offset.partition, 1);
  EXPECT_EQ(batch->next.next(0), 2U);
  EXPECT_EQ(batch->next.next(1), 5U);
}

TEST_F(ReaderPoolTest, ReadersBeyondTheLimitWaitForOne) {
  send(0, 0, 1);
  Cursor end;
  end.set_next(0, 1);
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return read(end, 10, 100ms).ok(); }));
  }
  for (auto& one : waiting) EXPECT_TRUE(one.get());
  EXPECT_LE(pool_->open(), 2U);
}

TEST_F(ReaderPoolTest, APositionBehindTheEndIsAnotherTopics) {
  send(0, 0, 3);
  Cursor beyond;
  beyond.set_next(0, 7);
  const auto batch = read(beyond, 10, 10s);
  ASSERT_FALSE(batch.ok());
  EXPECT_EQ(batch.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(batch.error().message.find("ends before k:0:7"), std::string::npos);
  EXPECT_EQ(read_on(Cursor{}, 3, all_)->records.size(), 3U) << "the reader can be used again";
}

TEST_F(ReaderPoolTest, ABrokerThatIsAwayIsNotAnEmptyLog) {
  send(0, 0, 3);
  cluster_.take_down();
  const auto batch = read(Cursor{});
  ASSERT_FALSE(batch.ok());
  EXPECT_EQ(batch.error().code, ErrorCode::kUnavailable);
  cluster_.bring_up();
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  auto again = read(Cursor{});
  while (!again.ok() && std::chrono::steady_clock::now() < deadline) again = read(Cursor{});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_FALSE(again->records.empty());
}

TEST_F(ReaderPoolTest, PoisonStandsInItsPlaceAmongTheOthers) {
  send(0, 0, 1);
  other_.send({0, "u", "not JSON"});
  other_.send({0, std::nullopt, std::nullopt});
  send(0, 1, 1);
  const auto batch = read_on(Cursor{}, 4, all_);
  ASSERT_TRUE(batch.ok()) << batch.error().message;
  const auto& records = batch->records;
  ASSERT_EQ(records.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(records[i].offset.sequence, i);
    EXPECT_EQ(records[i].poison.empty(), i == 0 || i == 3) << i;
  }
}

TEST_F(ReaderPoolTest, NoRecordsAreAskedForAndNoneCome) {
  send(0, 0, 3);
  const auto batch = read(Cursor{}, 0);
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->records.empty());
}

}  // namespace
}  // namespace marquee::kafka
