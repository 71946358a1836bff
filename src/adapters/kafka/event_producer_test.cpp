#include "adapters/kafka/event_producer.h"

#include <atomic>
#include <future>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/mock_cluster_fixture.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::kafka {
namespace {

using testing::EventBuilder;
using Outcome = Result<std::vector<AppendOutcome>>;

class EventProducerTest : public ::testing::Test {
 protected:
  EventProducerTest() { open(cluster_.options()); }

  void open(const KafkaOptions& options) {
    log_.reset();
    auto opened = KafkaEventLog::open(options, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = *std::move(opened);
  }
  std::future<Outcome> start_append(std::vector<PendingEvent> events) {
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    log_->append(std::move(events),
                 [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }
  Outcome append(std::vector<PendingEvent> events) { return start_append(std::move(events)).get(); }
  static PendingEvent click(std::uint64_t number, std::string user = "u1") {
    return EventBuilder(std::move(user), "m").id(number).pending();
  }

  MockCluster cluster_{4};
  testing::ManualClock clock_;
  std::unique_ptr<KafkaEventLog> log_;
};

TEST_F(EventProducerTest, AnAppendOfManyViewersIsAnsweredInItsOrder) {
  std::vector<PendingEvent> events;
  for (std::uint64_t i = 0; i < 100; ++i) events.push_back(click(i, "u" + std::to_string(i % 10)));
  const auto outcome = append(events);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  ASSERT_EQ(outcome->size(), 100U);
  std::map<Offset, EventId> stored;
  for (Cursor at; stored.size() < 100;) {
    const auto batch = log_->read(at, 1'000, std::chrono::milliseconds(0));
    ASSERT_TRUE(batch.ok() && !batch->records.empty());
    for (const LogRecord& record : batch->records) stored[record.offset] = record.event.event_id;
    at = batch->next;
  }
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(stored[(*outcome)[i].offset], events[i].event.event_id) << i;
  }
}

TEST_F(EventProducerTest, AMessageHasTheDocumentsKeyValueAndHeaders) {
  PendingEvent event = click(1);
  event.fingerprint = 0xabc;
  event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  ASSERT_TRUE(append({event}).ok());
  auto client = ClientConfig(cluster_.options()).make_consumer("g");
  ASSERT_TRUE(client.ok());
  const auto all = partition_list("movie-events", log_->partitions());
  for (int i = 0; i < all->cnt; ++i) all->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client->get(), all.get());
  const Message message(rd_kafka_consumer_poll(client->get(), 30'000));
  ASSERT_NE(message, nullptr);
  const auto text = [](const void* bytes, std::size_t size) {
    return std::string(static_cast<const char*>(bytes), size);
  };
  EXPECT_EQ(text(message->key, message->key_len), "u1");
  EXPECT_EQ(text(message->payload, message->len),
            R"({"v":1,"event_id":"01941f29-7c01-7000-8000-000000000001","user_id":"u1",)"
            R"("movie_id":"m","event_type":"click","ts":1735689600000,)"
            R"("accepted_at":1735689600000})");
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(message.get(), &headers);
  const auto header = [&](const char* name) {
    const void* value = nullptr;
    std::size_t size = 0;
    const auto code = rd_kafka_header_get_last(headers, name, &value, &size);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? text(value, size) : "none";
  };
  EXPECT_EQ(header("fingerprint"), "0000000000000abc");
  EXPECT_EQ(header("traceparent"), event.traceparent);
}

TEST_F(EventProducerTest, ARetriedRequestIsNotStoredTwice) {
  cluster_.answer_next(MockCluster::kProduce, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  ASSERT_TRUE(append({click(1)}).ok());
  EXPECT_EQ(log_->read(Cursor{}, 10, std::chrono::milliseconds(0))->records.size(), 1U);
}

TEST_F(EventProducerTest, ABrokerThatIsAwayFailsTheAppendWithAnUnknownOutcome) {
  ASSERT_TRUE(append({click(1)}).ok());
  cluster_.take_down();
  const auto refused = append({click(2)});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("unknown outcome"), std::string::npos);
  EXPECT_FALSE(log_->health().ok());
  cluster_.bring_up();
  EXPECT_TRUE(append({click(3)}).ok());
}

TEST_F(EventProducerTest, OneRefusedEventFailsItsWholeAppend) {
  ASSERT_TRUE(append({click(0)}).ok());
  cluster_.answer_next(MockCluster::kProduce, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  std::vector<PendingEvent> events;
  for (std::uint64_t i = 1; i < 20; ++i) events.push_back(click(i, "u" + std::to_string(i)));
  const auto refused = append(events);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(EventProducerTest, AnEventThatIsTooLargeRefusesItsAppendBeforeAnythingIsSent) {
  const auto refused = append({click(1), click(2, std::string(1'500'000, 'u'))});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(log_->queue().depth, 0U);
  EXPECT_TRUE(log_->health().ok());
  EXPECT_TRUE(log_->read(Cursor{}, 10, std::chrono::milliseconds(0))->records.empty());
}

TEST_F(EventProducerTest, TheQueueTellsItsDepthItsLimitAndWhatItRefused) {
  KafkaOptions options = cluster_.options();
  options.queue_events = 10;
  open(options);
  cluster_.take_down();
  std::vector<PendingEvent> events;
  for (std::uint64_t i = 0; i < 8; ++i) events.push_back(click(i));
  auto waiting = start_append(events);
  EXPECT_FALSE(append({click(10), click(11), click(12)}).ok());
  EXPECT_EQ(log_->queue(), (QueueState{8, 10, 3}));
  cluster_.bring_up();
  waiting.wait();
  EXPECT_EQ(log_->queue().depth, 0U);
}

TEST_F(EventProducerTest, DeliveriesAreCountedByWhatBecameOfThem) {
  telemetry::Metrics metrics;
  log_->report_to(metrics);
  ASSERT_TRUE(append({click(1), click(2)}).ok());
  cluster_.answer_next(MockCluster::kProduce, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  ASSERT_FALSE(append({click(3)}).ok());
  const auto deliveries = [&](const char* result) {
    return metrics.counter("marquee_kafka_deliveries_total", "", {{"result", result}}).value();
  };
  EXPECT_EQ(deliveries("acknowledged"), 2);
  EXPECT_EQ(deliveries("failed"), 1);
  EXPECT_EQ(metrics.samples("marquee_kafka_delivery_seconds").front().count, 2U);
}

TEST_F(EventProducerTest, CloseAnswersEveryAppendAndRefusesFurtherOnes) {
  cluster_.take_down();
  std::atomic<int> answered = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    log_->append({click(i)}, [&](const Outcome&) { ++answered; });
  }
  log_->close();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(append({click(99)}).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(log_->health().ok());
}

TEST_F(EventProducerTest, CloseStoresWhatIsQueued) {
  std::atomic<int> stored = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    log_->append({click(i)}, [&](const Outcome& outcome) { stored += outcome.ok() ? 1 : 0; });
  }
  log_->close();
  EXPECT_EQ(stored, 200);
}

TEST_F(EventProducerTest, ASessionThatEndsIsFollowedByAnother) {
  ASSERT_TRUE(append({click(1)}).ok());
  log_->producer_for_test().break_session_for_test();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  bool again = false;
  for (std::uint64_t i = 2; !again && std::chrono::steady_clock::now() < deadline; ++i) {
    again = append({click(i)}).ok();
  }
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace marquee::kafka
