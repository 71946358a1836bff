#include "adapters/kafka/kafka_options.h"

#include <gtest/gtest.h>

namespace marquee::kafka {
namespace {

Error refused(std::string_view uri) {
  const auto options = KafkaOptions::parse(uri);
  EXPECT_FALSE(options.ok()) << uri;
  return options.ok() ? Error{} : options.error();
}

TEST(KafkaOptions, TheShortestUriHasTheDefaults) {
  const auto options = KafkaOptions::parse("kafka://broker/movie-events");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->brokers, "broker:9092");
  EXPECT_EQ(options->topic, "movie-events");
  EXPECT_EQ(options->partitions, 4);
  EXPECT_EQ(options->retention, std::chrono::hours(7 * 24));
  EXPECT_EQ(options->delivery_timeout, std::chrono::seconds(2));
  EXPECT_EQ(options->group, "marquee-speed");
  EXPECT_FALSE(options->expected);
}

TEST(KafkaOptions, SeveralBrokersAreAllGiven) {
  const auto options = KafkaOptions::parse("kafka://a:1,b,[::1]:3/t");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->brokers, "a:1,b:9092,[::1]:3");
  EXPECT_EQ(options->to_string(), "kafka://a:1,b:9092,[::1]:3/t");
}

TEST(KafkaOptions, EveryParameterIsRead) {
  const auto options = KafkaOptions::parse(
      "kafka://b:1/t?partitions=12&replication=3&retention_ms=1000&min_insync_replicas=2"
      "&flush_messages=1&compression=zstd&linger_ms=1&in_flight=3&delivery_timeout_ms=500&queue_"
      "events=2000"
      "&readers=3&group=g&session_timeout_ms=6000&tls=true&ca_file=/ca.pem"
      "&cert_file=/own.pem&key_file=/own.key");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->partitions, 12);
  EXPECT_EQ(options->replication, 3);
  EXPECT_EQ(options->retention, std::chrono::seconds(1));
  EXPECT_EQ(options->min_insync_replicas, 2);
  EXPECT_EQ(options->flush_messages, 1);
  EXPECT_EQ(options->compression, "zstd");
  EXPECT_EQ(options->linger, std::chrono::milliseconds(1));
  EXPECT_EQ(options->in_flight, 3);
  EXPECT_EQ(options->delivery_timeout, std::chrono::milliseconds(500));
  EXPECT_EQ(options->queue_events, 2'000U);
  EXPECT_EQ(options->readers, 3U);
  EXPECT_EQ(options->group, "g");
  EXPECT_EQ(options->session_timeout, std::chrono::seconds(6));
  EXPECT_TRUE(options->tls);
  EXPECT_EQ(options->tls_files, (TlsFiles{"/ca.pem", "/own.pem", "/own.key"}));
}

TEST(KafkaOptions, AUserSaysHowToShowThePassword) {
  EXPECT_EQ(KafkaOptions::parse("kafka://me:secret@b/t")->sasl_mechanism, "PLAIN");
  const auto options = KafkaOptions::parse("kafka://me:secret@b/t?sasl_mechanism=SCRAM-SHA-256");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->sasl_mechanism, "SCRAM-SHA-256");
  EXPECT_FALSE(options->tls);
}

TEST(KafkaOptions, NoSecurityIsAskedForInVain) {
  EXPECT_NE(refused("kafka://b/t?ca_file=/ca.pem").message.find("tls=true"), std::string::npos);
  EXPECT_NE(refused("kafka://b/t?tls=false&cert_file=/c&key_file=/k").message.find("tls=true"),
            std::string::npos);
  EXPECT_NE(refused("kafka://b/t?sasl_mechanism=PLAIN").message.find("USER"), std::string::npos);
  EXPECT_NE(refused("kafka://me@b/t").message.find("password"), std::string::npos);
  EXPECT_NE(refused("kafka://me:@b/t").message.find("password"), std::string::npos);
}

TEST(KafkaOptions, APasswordIsReadAndNeverShown) {
  const auto options = KafkaOptions::parse("kafka://me:s%2Cecret@a:1,b:2/t");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->user, "me");
  EXPECT_EQ(options->password, "s,ecret");
  EXPECT_EQ(options->brokers, "a:1,b:2");
  EXPECT_EQ(options->to_string().find("ecret"), std::string::npos);
}

TEST(KafkaOptions, ACommaBehindThePathIsNoBroker) {
  const auto options = KafkaOptions::parse("kafka://a:1/t?group=x,y");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->brokers, "a:1");
  EXPECT_EQ(options->group, "x,y");
}

TEST(KafkaOptions, WhatIsWrongIsNamed) {
  EXPECT_NE(refused("kafka://a:1").message.find("topic"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/no,topic").message.find("topic"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/" + std::string(250, 't')).message.find("249"), std::string::npos);
  EXPECT_NE(refused("redis://a:1/t").message.find("kafka"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?partitions=0").message.find("'partitions'"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?linger_ms=1x").message.find("'linger_ms'"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?in_flight=6").message.find("'in_flight'"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?compression=best").message.find("lz4"), std::string::npos);
  EXPECT_NE(refused("kafka://u:p@a:1/t?sasl_mechanism=GSSAPI").message.find("SCRAM-SHA-512"),
            std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?tls=1").message.find("true, false"), std::string::npos);
  EXPECT_NE(refused("kafka://a:1/t?partition=4").message.find("partition"), std::string::npos);
  EXPECT_FALSE(KafkaOptions::parse("kafka://a:1,/t?x").ok());
  EXPECT_FALSE(KafkaOptions::parse("kafka:a:1/t").ok());
  EXPECT_FALSE(KafkaOptions::parse("kafka://a:1,b:x/t").ok());
}

}  // namespace
}  // namespace marquee::kafka
