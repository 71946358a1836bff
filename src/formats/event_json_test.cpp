#include "formats/event_json.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::formats {
namespace {

Event documented_event() {
  Event event;
  event.event_id = *Uuid::parse("01941f29-7c00-7aaa-8bbb-0123456789ab");
  event.user_id = UserId("42");
  event.movie_id = MovieId("318");
  event.type = EventType::kRating;
  event.value = 4.5;
  event.session_id = SessionId("s-1");
  event.list_id = ListId("l:9");
  event.position = 3;
  event.ts_ms = 1'735'689'600'123;
  event.accepted_at_ms = 1'735'689'600'456;
  return event;
}

constexpr std::string_view kDocumented =
    R"({"v":1,"event_id":"01941f29-7c00-7aaa-8bbb-0123456789ab","user_id":"42","movie_id":"318",)"
    R"("event_type":"rating","value":4.5,"session_id":"s-1","list_id":"l:9","position":3,)"
    R"("ts":1735689600123,"accepted_at":1735689600456})";

constexpr std::string_view kUndo =
    R"({"v":1,"event_id":"01941f29-7c00-7aaa-8bbb-0123456789ac","user_id":"42","movie_id":"318",)"
    R"("event_type":"undo","undoes":"01941f29-7c00-7aaa-8bbb-0123456789ab",)"
    R"("ts":-5,"accepted_at":1735689600456})";

std::string written(const Event& event) {
  std::string out;
  append_event_json(out, event);
  return out;
}

TEST(EventJson, WritesTheDocumentedBytes) { EXPECT_EQ(written(documented_event()), kDocumented); }

TEST(EventJson, ReadsTheDocumentedBytes) {
  const auto event = parse_event_json(kDocumented);
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(*event, documented_event());
}

TEST(EventJson, AnUndoNamesWhatItTakesBack) {
  const auto event = parse_event_json(kUndo);
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->undoes, documented_event().event_id);
  EXPECT_EQ(event->ts_ms, -5);
  EXPECT_EQ(event->value, std::nullopt);
  EXPECT_EQ(written(*event), kUndo);
}

TEST(EventJson, AppendsToWhatIsThere) {
  std::string out = "before ";
  append_event_json(out, documented_event());
  EXPECT_EQ(out, "before " + std::string(kDocumented));
}

TEST(EventJson, IgnoresMembersOfANewerWriterInAnyOrder) {
  const auto event = parse_event_json(
      R"( {"mood":{"a":[1,{"ts":2}],"b":null},"accepted_at":2,"ts":1,"event_type":"click",)"
      R"("movie_id":"m","user_id":"u","event_id":"01941f29-7c00-7aaa-8bbb-0123456789ab","v":1,"x":"y"} )");
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->accepted_at_ms, 2);
  EXPECT_EQ(event->user_id.value(), "u");
}

TEST(EventJson, NumbersThatJsonLacksAreLeftOut) {
  Event event = documented_event();
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    event.value = value;
    const auto read = parse_event_json(written(event));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->value, std::nullopt);
  }
}

TEST(EventJson, WhateverAnIdHoldsIsReadBack) {
  Event event = documented_event();
  event.user_id = UserId(std::string("quote\" back\\ newline\n nul\0 \x7f é 電影", 38));
  event.movie_id = MovieId("");
  const auto read = parse_event_json(written(event));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, event);
}

/// `kDocumented` with the first `from` replaced.
std::string changed(std::string_view from, std::string_view to) {
  std::string json(kDocumented);
  json.replace(json.find(from), from.size(), to);
  return json;
}

TEST(EventJson, RefusesWhatIsNoEventOfAKnownVersion) {
  const std::string bad[] = {
      "",
      "null",
      "[]",
      "{}",
      "{",
      "\"text\"",
      std::string(kDocumented) + "x",
      std::string(kDocumented.substr(0, kDocumented.size() - 1)),
      changed(R"("v":1)", R"("v":2)"),
      changed(R"("v":1)", R"("v":0)"),
      changed(R"("v":1,)", ""),
      changed(R"("v":1)", R"("v":"1")"),
      changed("01941f29", "0194_f29"),
      changed(R"("42")", "42"),
      changed(R"("318")", "null"),
      changed("rating", "rated"),
      changed("4.5", R"("4.5")"),
      changed(R"("s-1")", "[]"),
      changed(R"("position":3)", R"("position":3.5)"),
      changed(R"("position":3)", R"("position":3000000000)"),
      changed("1735689600123", "1e3"),
      changed(R"("ts":1735689600123,)", ""),
      changed(R"(,"accepted_at":1735689600456)", ""),
      changed("42",
              "4\xFF"
              "2"),
  };
  for (const std::string& json : bad) {
    const auto event = parse_event_json(json);
    ASSERT_FALSE(event.ok()) << json;
    EXPECT_EQ(event.error().code, ErrorCode::kDataLoss) << json;
    EXPECT_EQ(event.error().message.find('\n'), std::string::npos);
  }
}

TEST(EventJson, EveryCutOfAnEventIsRefused) {
  for (std::size_t length = 0; length < kDocumented.size(); ++length) {
    EXPECT_FALSE(parse_event_json(kDocumented.substr(0, length)).ok()) << length;
  }
}

Event any_event() {
  Event event;
  event.event_id =
      Uuid::v7_from(*rc::gen::inRange<std::int64_t>(0, 1LL << 47),
                    *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>());
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  event.user_id = UserId(*text);
  event.movie_id = MovieId(*text);
  event.type = static_cast<EventType>(*rc::gen::inRange(0, 11));
  if (*rc::gen::arbitrary<bool>()) event.value = *rc::gen::arbitrary<double>();
  if (*rc::gen::arbitrary<bool>()) event.session_id = SessionId(*text);
  if (*rc::gen::arbitrary<bool>()) event.list_id = ListId(*text);
  if (*rc::gen::arbitrary<bool>()) event.position = *rc::gen::arbitrary<std::int32_t>();
  if (*rc::gen::arbitrary<bool>()) event.undoes = Uuid::v7(1);
  event.ts_ms = *rc::gen::arbitrary<std::int64_t>();
  event.accepted_at_ms = *rc::gen::arbitrary<std::int64_t>();
  return event;
}

RC_GTEST_PROP(EventJsonProperty, EveryEventIsReadBackAsItWasWritten, ()) {
  const Event event = any_event();
  const auto read = parse_event_json(written(event));
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == event);
}

RC_GTEST_PROP(EventJsonProperty, ChangedBytesNeverCrashTheReader, ()) {
  std::string json(kDocumented);
  const auto changes = *rc::gen::inRange(1, 6);
  for (int i = 0; i < changes; ++i) {
    json[*rc::gen::inRange<std::size_t>(0, json.size())] = *rc::gen::arbitrary<char>();
  }
  (void)parse_event_json(json);
}

}  // namespace
}  // namespace marquee::formats
