#include "adapters/kafka/event_message.h"

#include <string>

#include <gtest/gtest.h>

#include "domain/event_fingerprint.h"
#include "formats/event_json.h"
#include "testing/event_builder.h"

namespace marquee::kafka {
namespace {

using testing::EventBuilder;

std::string json_of(const Event& event) {
  std::string json;
  formats::append_event_json(json, event);
  return json;
}

LogRecord decode(std::string_view key, std::string_view value,
                 std::optional<std::string_view> fingerprint = std::nullopt) {
  return decode_message({Offset{3, 99}, key, value, fingerprint});
}

std::string poison_of(const Event& event) {
  return decode(event.user_id.value(), json_of(event)).poison;
}

TEST(EventMessage, AnEventComesBackWithItsOffsetAndItsFingerprint) {
  const auto event = EventBuilder("u1", "m1", EventType::kRating).value(4.5).build();
  const LogRecord record = decode("u1", json_of(event), "00000000deadbeef");
  EXPECT_EQ(record.poison, "");
  EXPECT_EQ(record.event, event);
  EXPECT_EQ(record.fingerprint, 0xdeadbeefU);
  EXPECT_EQ(record.offset, (Offset{3, 99}));
}

TEST(EventMessage, TheFingerprintIsSixteenHexDigitsOnTheWire) {
  EXPECT_EQ(fingerprint_text(0xdeadbeef), "00000000deadbeef");
  EXPECT_EQ(fingerprint_text(~0ULL), "ffffffffffffffff");
}

TEST(EventMessage, WithoutTheHeaderTheFingerprintFollowsFromTheFields) {
  const auto event = EventBuilder("u1", "m1").build();
  const LogRecord record = decode("u1", json_of(event));
  EXPECT_EQ(record.poison, "");
  EXPECT_EQ(record.fingerprint, fingerprint_of(event));
}

TEST(EventMessage, AHeaderThatIsNoFingerprintIsPoison) {
  const std::string json = json_of(EventBuilder("u1", "m1").build());
  for (const char* header :
       {"", "xyz", "00000000deadbee", "00000000deadbeef0", "-000000deadbeef0"}) {
    EXPECT_NE(decode("u1", json, header).poison, "") << header;
  }
}

TEST(EventMessage, WhatIsNoEventIsPoisonOfTheViewerThatTheKeyNames) {
  for (const char* value : {"", "not JSON", "{}", "[1]", R"({"v":2})", "\xff\xfe"}) {
    const LogRecord record = decode("u1", value);
    EXPECT_NE(record.poison, "") << value;
    EXPECT_EQ(record.event.user_id.value(), "u1") << value;
    EXPECT_EQ(record.offset, (Offset{3, 99})) << value;
  }
  EXPECT_EQ(decode("no id!", "not JSON").event.user_id.value(), "");
}

TEST(EventMessage, AnotherVersionIsPoisonAndNotGuessedAt) {
  std::string json = json_of(EventBuilder("u1", "m1").build());
  json.replace(json.find(R"("v":1)"), 5, R"("v":2)");
  EXPECT_NE(decode("u1", json).poison, "");
}

TEST(EventMessage, AHugeMessageIsPoisonAndItsTextIsNotKept) {
  const LogRecord record = decode("u1", std::string(2 << 20, 'x'));
  EXPECT_NE(record.poison.find("2097152 bytes"), std::string::npos);
  EXPECT_LT(record.poison.size(), 200U);
}

TEST(EventMessage, AKeyThatIsNotTheViewerIsPoison) {
  const std::string json = json_of(EventBuilder("u1", "m1").build());
  EXPECT_NE(decode("", json).poison.find("no key"), std::string::npos);
  EXPECT_NE(decode("u2", json).poison.find("key"), std::string::npos);
  EXPECT_EQ(decode("", json).event.user_id.value(), "u1") << "what could be read";
}

TEST(EventMessage, TheRulesOfTheDoorHoldForOtherWriters) {
  EXPECT_EQ(poison_of(EventBuilder("u1", "m1").build()), "");
  EXPECT_NE(poison_of(EventBuilder("u 1", "m1").build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "").build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1").session("s s").build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1").list("").build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1").list("l", 0).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1").list("l", 10'001).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1").value(1).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1", EventType::kRating).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1", EventType::kRating).value(5.5).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1", EventType::kView).value(1.5).build()), "");
  EXPECT_EQ(poison_of(EventBuilder("u1", "m1", EventType::kView).build()), "");
  EXPECT_NE(poison_of(EventBuilder("u1", "m1", EventType::kUndo).build()), "");
  Event no_v7 = EventBuilder("u1", "m1").build();
  no_v7.event_id = Uuid();
  EXPECT_NE(poison_of(no_v7), "");
}

}  // namespace
}  // namespace marquee::kafka
