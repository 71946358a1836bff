// A real broker that dies, hangs, loses its topic or its old records, and other programs' messages.

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/kafka/event_message.h"
#include "adapters/kafka/foreign_producer_fixture.h"
#include "adapters/kafka/kafka_event_log.h"
#include "base/clock.h"
#include "environment.h"
#include "formats/event_json.h"
#include "stack_kafka.h"
#include "testing/event_builder.h"

namespace marquee::testing {
namespace {

using namespace std::chrono_literals;
using kafka::KafkaEventLog;
using kafka::KafkaOptions;
using Outcome = Result<std::vector<AppendOutcome>>;

class KafkaOutageTest : public ::testing::Test {
 protected:
  std::unique_ptr<KafkaEventLog> open(const KafkaOptions& options) {
    auto opened = KafkaEventLog::open(options, clock_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static Outcome append(EventLog& log, std::uint64_t number, const std::string& user = "u1") {
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    log.append({EventBuilder(user, "m").id(number).pending()},
               [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return future.get();
  }
  /// Appends until one succeeds again.
  static bool recovers(EventLog& log, std::uint64_t number) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (append(log, number).ok()) return true;
    }
    return false;
  }
  static bool becomes_healthy(const EventLog& log) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!log.health().ok() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(50ms);
    }
    return log.health().ok();
  }
  static std::vector<LogRecord> read_all(EventLog& log) {
    std::vector<LogRecord> all;
    Cursor at = log.begin();
    for (;;) {
      auto batch = log.read(at, 1'000, 0ms);
      EXPECT_TRUE(batch.ok()) << batch.error().message;
      if (!batch.ok() || batch->records.empty()) return all;
      std::move(batch->records.begin(), batch->records.end(), std::back_inserter(all));
      at = batch->next;
    }
  }

  StackKafka broker_;
  const std::string topic_ = unique_name();
  const SystemClock clock_;
};

TEST_F(KafkaOutageTest, NothingAcknowledgedIsLostWhenTheBrokerIsKilledUnderAppends) {
  const auto log = open(broker_.options(topic_, "flush_messages=1"));
  EXPECT_EQ(log->durability(), Durability::kPower);
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::atomic<std::uint64_t> answered = 0;
  constexpr std::uint64_t kEvents = 4'000;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      const auto event = EventBuilder("u" + std::to_string(i % 7), "m").id(i);
      log->append({event.pending()}, [&, id = event.build().event_id](const Outcome& outcome) {
        ++answered;
        if (!outcome.ok()) return;
        const std::lock_guard lock(mutex);
        acknowledged.insert(outcome->front().offset.to_string() + " " + id.to_string());
      });
      if (i % 10 == 0) std::this_thread::sleep_for(1ms);
    }
  });
  while (answered < 500) std::this_thread::sleep_for(1ms);
  broker_.kill();
  writer.join();
  broker_.start();
  EXPECT_TRUE(recovers(*log, 1'000'000));
  while (answered < kEvents) std::this_thread::sleep_for(1ms);
  std::set<std::string> stored;
  for (const LogRecord& record : read_all(*log)) {
    stored.insert(record.offset.to_string() + " " + record.event.event_id.to_string());
  }
  EXPECT_GE(acknowledged.size(), 500U);
  EXPECT_LT(acknowledged.size(), kEvents) << "the broker died too late for this to mean anything";
  for (const std::string& one : acknowledged) EXPECT_TRUE(stored.contains(one)) << one;
}

TEST_F(KafkaOutageTest, AHangingBrokerFailsAppendsInTimeAndHoldsNoReader) {
  const auto log = open(broker_.options(topic_));
  ASSERT_TRUE(append(*log, 1).ok());
  ASSERT_EQ(read_all(*log).size(), 1U);
  const Cursor end = log->end();
  broker_.pause();
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = append(*log, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("same event_id"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s) << "two seconds by default";
  EXPECT_FALSE(log->health().ok());
  const auto at_end = log->read(end, 10, 50ms);
  ASSERT_TRUE(at_end.ok()) << at_end.error().message;
  EXPECT_TRUE(at_end->records.empty());
  const auto of_old = log->read(Cursor{}, 10, 0ms);
  ASSERT_FALSE(of_old.ok()) << "that the log is empty would be a lie";
  EXPECT_EQ(of_old.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 60s);
  broker_.resume();
  EXPECT_TRUE(recovers(*log, 3));
  EXPECT_GE(read_all(*log).size(), 2U);
  EXPECT_TRUE(becomes_healthy(*log)) << log->health().error().message;
}

TEST_F(KafkaOutageTest, AMemberOfAnotherProcessIsReadWithinTheWait) {
  const auto ours = open(broker_.options(topic_));
  const auto theirs = open(broker_.options(topic_));
  ASSERT_TRUE(append(*theirs, 1).ok());
  const auto batch = ours->read(Cursor{}, 10, 30s);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 1U);
  EXPECT_EQ(ours->end(), theirs->end());
}

TEST_F(KafkaOutageTest, ADeletedTopicIsNeitherFullNorEmpty) {
  const KafkaOptions options = broker_.options(topic_);
  const auto log = open(options);
  ASSERT_TRUE(append(*log, 1).ok());
  broker_.delete_topic(options);
  std::this_thread::sleep_for(1s);
  EXPECT_FALSE(append(*log, 2).ok());
  EXPECT_FALSE(log->health().ok());
  KafkaOptions again = options;
  again.expected = log->identity();
  const auto reopened = KafkaEventLog::open(again, clock_);
  ASSERT_FALSE(reopened.ok()) << "an empty topic in its place would pass for the log";
  EXPECT_EQ(reopened.error().code, ErrorCode::kDataLoss);
}

TEST_F(KafkaOutageTest, ATopicMadeAnewIsNoticedByAPositionBehindItsEnd) {
  const KafkaOptions options = broker_.options(topic_, "partitions=1");
  auto log = open(options);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(append(*log, i).ok());
  const Cursor stored = log->end();
  log.reset();
  broker_.delete_topic(options);
  std::this_thread::sleep_for(1s);
  log = open(options);
  ASSERT_TRUE(append(*log, 9).ok());
  const auto batch = log->read(stored, 10, 10s);
  ASSERT_FALSE(batch.ok());
  EXPECT_EQ(batch.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(batch.error().message.find("ends before k:0:5"), std::string::npos)
      << batch.error().message;
}

TEST_F(KafkaOutageTest, WhatRetentionTookIsInTheArchiveAlone) {
  const KafkaOptions options = broker_.options(topic_, "partitions=1");
  const auto log = open(options);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(append(*log, i).ok());
  broker_.delete_records_before(options, 3);
  std::this_thread::sleep_for(1'500ms);  // begin() is looked up once a second
  EXPECT_EQ(log->begin().next(0), 3U);
  const auto gone = log->read(Cursor{}, 10, 10s);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(gone.error().message.find("begins at k:0:3"), std::string::npos)
      << gone.error().message;
  EXPECT_EQ(read_all(*log).size(), 2U);
}

TEST_F(KafkaOutageTest, MarkersAndAbortedRecordsOfOthersAreSteppedOver) {
  const KafkaOptions options = broker_.options(topic_, "partitions=1");
  const auto log = open(options);
  ASSERT_TRUE(append(*log, 0).ok());
  kafka::ForeignProducer other(options, unique_name());
  const auto send = [&](std::uint64_t number) {
    std::string value;
    formats::append_event_json(value, EventBuilder("u1", "m").id(number).build());
    other.send({0, "u1", value});
  };
  other.begin();
  send(1);
  other.abort();
  other.begin();
  send(2);
  other.commit();
  std::this_thread::sleep_for(100ms);
  const auto records = read_all(*log);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].event.event_id, test_event_id(2));
  EXPECT_EQ(records[1].poison, "");
  EXPECT_NE(records[1].fingerprint, 0U);
  EXPECT_EQ(records[1].offset.sequence, 3U) << "behind an aborted record and its marker";
  Cursor at;
  at.set_next(0, 4);
  const auto rest = log->read(at, 10, 5s);
  ASSERT_TRUE(rest.ok());
  EXPECT_TRUE(rest->records.empty());
  EXPECT_EQ(rest->next, log->end()) << "nothing is pending behind the last marker";
}

TEST_F(KafkaOutageTest, TheTopicIsMadeWithItsRetentionAndFoundAsItIs) {
  const auto made = open(broker_.options(topic_, "partitions=3"));
  EXPECT_EQ(made->partitions(), (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(made->durability(), Durability::kProcess) << "one broker that does not sync";
  EXPECT_FALSE(made->identity().cluster_id.empty());
  const auto found = open(broker_.options(topic_, "partitions=9&flush_messages=1"));
  EXPECT_EQ(found->partitions().size(), 3U);
  EXPECT_EQ(found->durability(), Durability::kProcess);
  EXPECT_EQ(found->identity(), made->identity());
}

TEST_F(KafkaOutageTest, AViewerHasThePartitionThatJavasClientsChoose) {
  const auto log = open(broker_.options(topic_, "partitions=4"));
  // murmur2 of Java's Utils, positive, modulo 4: toPositive(murmur2("21")) and so on, from its
  // test.
  const auto partition = [&](const std::string& user) {
    return append(*log, 1, user)->front().offset.partition;
  };
  EXPECT_EQ(partition("21"), (-973932308 & 0x7fffffff) % 4);
  EXPECT_EQ(partition("foobar"), (-790332482 & 0x7fffffff) % 4);
  EXPECT_EQ(partition("a-little-bit-long-string"), (-985981536 & 0x7fffffff) % 4);
}

TEST_F(KafkaOutageTest, WhatIsNoEventIsPoisonAndTheRestGoesOn) {
  const KafkaOptions options = broker_.options(topic_, "partitions=1");
  const auto log = open(options);
  broker_.configure(options, "max.message.bytes", "8000000");
  kafka::ForeignProducer other(options);
  other.send({0, "u1", "not JSON"});
  other.send({0, std::nullopt, std::nullopt});
  other.send({0, "u1", std::string(2 << 20, 'x')});
  ASSERT_TRUE(append(*log, 1).ok());
  const auto records = read_all(*log);
  ASSERT_EQ(records.size(), 4U);
  for (int i = 0; i < 3; ++i) EXPECT_NE(records[i].poison, "") << i;
  EXPECT_EQ(records[3].poison, "");
}

}  // namespace
}  // namespace marquee::testing
