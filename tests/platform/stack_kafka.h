#pragma once

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/kafka_options.h"
#include "environment.h"

namespace marquee::testing {

/// The stack's broker, which a test may end, stop and damage. It runs again when this goes away.
class StackKafka {
 public:
  StackKafka() : folder_(stack_variable("STACK_DIR")), url_(stack_variable("STACK_KAFKA_URL")) {}
  ~StackKafka() {
    if (paused_) resume();
    if (killed_) start();
  }
  StackKafka(const StackKafka&) = delete;
  StackKafka& operator=(const StackKafka&) = delete;

  /// A topic of this name; `parameters` as in the URI.
  kafka::KafkaOptions options(const std::string& topic, const std::string& parameters = "") const {
    const char* const of_tls = std::getenv("STACK_KAFKA_PARAMETERS");  // of a stack under --tls
    const std::string all = (of_tls == nullptr ? "" : of_tls + std::string("&")) + parameters;
    const auto options = kafka::KafkaOptions::parse(url_ + "/" + topic + "?" + all);
    EXPECT_TRUE(options.ok()) << options.error().message;
    return options.ok() ? *options : kafka::KafkaOptions{};
  }

  /// SIGKILL: what the broker has not synced is the kernel's, so a power cut would lose more.
  void kill() {
    ::kill(pid(), SIGKILL);
    killed_ = true;
  }
  void start() {
    stack("start");
    killed_ = false;
  }
  /// It hangs: connections stay, nothing is answered.
  void pause() {
    ::kill(pid(), SIGSTOP);
    paused_ = true;
  }
  void resume() {
    ::kill(pid(), SIGCONT);
    paused_ = false;
  }

  /// Changes one byte among the records of a partition's first segment.
  void damage(const std::string& topic, int partition) const {
    constexpr std::streamoff kInsideFirstRecord = 75;  // a batch's header has 61 bytes
    const auto file = folder_ / "kafka/data" / (topic + "-" + std::to_string(partition)) /
                      "00000000000000000000.log";
    std::fstream segment(file, std::ios::in | std::ios::out | std::ios::binary);
    segment.seekg(kInsideFirstRecord);
    const char byte = static_cast<char>(segment.get() ^ 0x55);
    segment.seekp(kInsideFirstRecord);
    segment.put(byte);
    EXPECT_TRUE(segment.good()) << file;
  }

  /// Replaces all that is set of the topic by this one setting.
  void configure(const kafka::KafkaOptions& options, const char* name, const char* value) const {
    const kafka::Client client = admin(options);
    const kafka::ConfigResource topic(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, options.topic.c_str()));
    rd_kafka_ConfigResource_set_config(topic.get(), name, value);
    std::array<rd_kafka_ConfigResource_t*, 1> resources{topic.get()};
    const kafka::Queue queue(rd_kafka_queue_new(client.get()));
    rd_kafka_AlterConfigs(client.get(), resources.data(), 1, nullptr, queue.get());
    wait_for_answer(queue);
    // The controller has it; nothing tells when the broker does, some milliseconds later.
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  void delete_topic(const kafka::KafkaOptions& options) const {
    const kafka::Client client = admin(options);
    const kafka::Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> topic(
        rd_kafka_DeleteTopic_new(options.topic.c_str()));
    std::array<rd_kafka_DeleteTopic_t*, 1> topics{topic.get()};
    const kafka::Queue queue(rd_kafka_queue_new(client.get()));
    rd_kafka_DeleteTopics(client.get(), topics.data(), 1, nullptr, queue.get());
    wait_for_answer(queue);
  }
  /// Removes the records of partition 0 before `offset`, as retention does.
  void delete_records_before(const kafka::KafkaOptions& options, std::int64_t offset) const {
    const kafka::Client client = admin(options);
    const std::int32_t first = 0;
    const auto list = kafka::partition_list(options.topic, std::span(&first, 1));
    list->elems[0].offset = offset;
    const kafka::Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> records(
        rd_kafka_DeleteRecords_new(list.get()));
    std::array<rd_kafka_DeleteRecords_t*, 1> all{records.get()};
    const kafka::Queue queue(rd_kafka_queue_new(client.get()));
    rd_kafka_DeleteRecords(client.get(), all.data(), 1, nullptr, queue.get());
    wait_for_answer(queue);
  }

 private:
  static kafka::Client admin(const kafka::KafkaOptions& options) {
    auto client = kafka::ClientConfig(options).make_consumer("marquee-tests");
    EXPECT_TRUE(client.ok());
    return *std::move(client);
  }
  static void wait_for_answer(const kafka::Queue& queue) {
    const kafka::QueueEvent event(rd_kafka_queue_poll(queue.get(), 30'000));
    ASSERT_NE(event, nullptr) << "the broker does not answer";
    EXPECT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR)
        << rd_kafka_event_error_string(event.get());
  }

  void stack(std::string verb) const {
    std::string tool = "tools/stack", name = "kafka", option = "--dir", folder = folder_.string();
    std::array<char*, 6> words{tool.data(),   verb.data(),   name.data(),
                               option.data(), folder.data(), nullptr};
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, "tools/stack", nullptr, nullptr, words.data(), environ), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << "tools/stack " << verb << " kafka";
  }
  pid_t pid() const {
    std::ifstream file(folder_ / "stack.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t at = text.find("\"pid\": ", text.find("\"kafka\""));
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + 7);
  }

  const std::filesystem::path folder_;
  const std::string url_;
  bool killed_ = false;
  bool paused_ = false;
};

}  // namespace marquee::testing
