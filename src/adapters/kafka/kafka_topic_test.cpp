#include "adapters/kafka/kafka_topic.h"

#include <utility>

#include <gtest/gtest.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/mock_cluster_fixture.h"

namespace marquee::kafka {
namespace {

TEST(KafkaTopic, AnAcknowledgementOutlivesPowerWhenItIsSyncedOrCopied) {
  constexpr std::int64_t kNever = 9'223'372'036'854'775'807;
  EXPECT_EQ(durability_of(1, 1, 1), Durability::kPower);
  EXPECT_EQ(durability_of(kNever, 2, 3), Durability::kPower);
  EXPECT_EQ(durability_of(kNever, 2, 2), Durability::kPower);
  EXPECT_EQ(durability_of(kNever, 1, 3), Durability::kProcess) << "the leader alone may have it";
  EXPECT_EQ(durability_of(kNever, 2, 1), Durability::kProcess) << "there is one copy to have";
  EXPECT_EQ(durability_of(kNever, 1, 1), Durability::kProcess);
  EXPECT_EQ(durability_of(1'000, 1, 1), Durability::kProcess);
  EXPECT_EQ(durability_of(0, 0, 1), Durability::kProcess) << "not said";
}

TEST(KafkaTopic, AnythingGoesWhereNothingWasFolded) {
  EXPECT_TRUE(check_identity({"c", 4, "t"}, std::nullopt, {}).ok());
  EXPECT_TRUE(check_identity({"c", 4, "t"}, LogOrigin{"c", 4, "t"}, {}).ok());
}

TEST(KafkaTopic, AnotherClusterOrNumberOfPartitionsIsRefusedWithWhatToDo) {
  KafkaOptions options;
  options.brokers = "b:1";
  options.topic = "t";
  for (const LogOrigin& found :
       {LogOrigin{"other", 4, "t"}, {"c", 3, "t"}, {"c", 5, "t"}, {"c", 4, "u"}}) {
    const auto checked = check_identity(found, LogOrigin{"c", 4, "t"}, options);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(checked.error().message.find("kafka://b:1/t"), std::string::npos);
    EXPECT_NE(checked.error().message.find("marquee rebuild"), std::string::npos);
  }
}

class KafkaTopicTest : public ::testing::Test {
 protected:
  Result<TopicFacts> prepare(const KafkaOptions& options) {
    ConnectionErrors errors;
    ClientConfig config(options);
    errors.listen(config);
    auto client = std::move(config).make_consumer("g");
    EXPECT_TRUE(client.ok());
    return prepare_topic(client->get(), errors, options);
  }
  MockCluster cluster_{3};
};

TEST_F(KafkaTopicTest, AClusterThatDoesNotSayIsTakenToKeepLittle) {
  const auto facts = prepare(cluster_.options());
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->identity.partitions, 3);
  EXPECT_NE(facts->identity.cluster_id, "");
  EXPECT_FALSE(facts->made);
  EXPECT_EQ(facts->durability, Durability::kProcess);
}

TEST_F(KafkaTopicTest, ATopicThatWasFoldedFromIsNotMadeAnewWhenItIsGone) {
  KafkaOptions options = cluster_.options("gone");
  options.expected = LogOrigin{"c", 4, "t"};
  const auto facts = prepare(options);
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(facts.error().message.find("is gone"), std::string::npos);
}

TEST_F(KafkaTopicTest, NoBrokerIsUnavailableAndNamed) {
  KafkaOptions options = cluster_.options();
  options.brokers = "127.0.0.1:1";
  const auto facts = prepare(options);
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(facts.error().message.find("127.0.0.1:1"), std::string::npos);
}

TEST_F(KafkaTopicTest, ASettingThatLibrdkafkaRefusesIsNamed) {
  KafkaOptions options = cluster_.options();
  auto client = std::move(ClientConfig(options).set("no.such.setting", "1")).make_consumer("g");
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(client.error().message.find("no.such.setting"), std::string::npos);
}

}  // namespace
}  // namespace marquee::kafka
