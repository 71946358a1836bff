#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/kafka_options.h"

namespace marquee::kafka {

/// One message that another program sends.
struct ForeignMessage {
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers = {};
};

/// Another program that writes to the topic: whatever it likes, in transactions too.
class ForeignProducer {
 public:
  /// A transactional one when `transactional_id` is not empty.
  explicit ForeignProducer(KafkaOptions options, const std::string& transactional_id = "")
      : options_(std::move(options)) {
    ClientConfig config(options_);
    config.set("message.max.bytes", "8000000");
    if (!transactional_id.empty()) config.set("transactional.id", transactional_id);
    auto client = std::move(config).make_producer();
    EXPECT_TRUE(client.ok()) << client.error().message;
    client_ = *std::move(client);
    if (!transactional_id.empty()) check(rd_kafka_init_transactions(client_.get(), 30'000));
  }

  void begin() { check(rd_kafka_begin_transaction(client_.get())); }
  void commit() { check(rd_kafka_commit_transaction(client_.get(), 30'000)); }
  void abort() { check(rd_kafka_abort_transaction(client_.get(), 30'000)); }

  /// Returns when it is stored.
  void send(ForeignMessage message) {
    std::vector<rd_kafka_vu_t> arguments;
    const auto add = [&](rd_kafka_vtype_t type) -> auto& {
      arguments.emplace_back().vtype = type;
      return arguments.back().u;
    };
    add(RD_KAFKA_VTYPE_TOPIC).cstr = options_.topic.c_str();
    add(RD_KAFKA_VTYPE_PARTITION).i32 = message.partition;
    add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
    if (message.key) add(RD_KAFKA_VTYPE_KEY).mem = {message.key->data(), message.key->size()};
    if (message.value) {
      add(RD_KAFKA_VTYPE_VALUE).mem = {message.value->data(), message.value->size()};
    }
    for (const auto& [name, value] : message.headers) {
      add(RD_KAFKA_VTYPE_HEADER).header = {name.c_str(), value.data(),
                                           static_cast<ssize_t>(value.size())};
    }
    check(rd_kafka_produceva(client_.get(), arguments.data(), arguments.size()));
    EXPECT_EQ(rd_kafka_flush(client_.get(), 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

 private:
  static void check(rd_kafka_error_t* raw) {
    const ClientError error(raw);
    EXPECT_EQ(raw, nullptr) << rd_kafka_error_string(raw);
  }

  const KafkaOptions options_;
  Client client_;
};

}  // namespace marquee::kafka
