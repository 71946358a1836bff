#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// its macros need rdkafka.h first
#include <librdkafka/rdkafka_mock.h>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"

namespace marquee::kafka {

/// librdkafka's own broker (rdkafka_mock.h), in this process and on 127.0.0.1. It knows producing,
/// fetching and groups but no administration, so topics are made here.
class MockCluster {
 public:
  /// The protocol's ApiKeys.
  static constexpr std::int16_t kProduce = 0;
  static constexpr std::int16_t kFetch = 1;
  static constexpr std::int16_t kListOffsets = 2;

  explicit MockCluster(int partitions = 1) {
    handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, nullptr, 0));
    cluster_.reset(rd_kafka_mock_cluster_new(handle_.get(), 1));
    make_topic("movie-events", partitions);
  }

  /// With short time-outs.
  KafkaOptions options(std::string topic = "movie-events") const {
    KafkaOptions options;
    options.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
    options.topic = std::move(topic);
    options.delivery_timeout = std::chrono::milliseconds(1'000);
    options.answer_timeout = std::chrono::milliseconds(500);  // it never tells a topic's settings
    return options;
  }
  void make_topic(const std::string& topic, int partitions) {
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void take_down() { rd_kafka_mock_broker_set_down(cluster_.get(), kBroker); }
  void bring_up() { rd_kafka_mock_broker_set_up(cluster_.get(), kBroker); }
  /// The next requests of a kind get this answer.
  void answer_next(std::int16_t request, std::size_t count, rd_kafka_resp_err_t with) {
    const std::vector<rd_kafka_resp_err_t> answers(count, with);
    rd_kafka_mock_push_request_errors_array(cluster_.get(), request, count, answers.data());
  }
  void forget_answers(std::int16_t request) {
    rd_kafka_mock_clear_request_errors(cluster_.get(), request);
  }

 private:
  static constexpr std::int32_t kBroker = 1;

  Client handle_;
  Owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
};

}  // namespace marquee::kafka
