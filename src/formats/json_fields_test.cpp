#include "formats/json_fields.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace marquee::formats::internal {
namespace {

/// Hands the fields of `json` to `use`, while the parser lives.
void with_fields(const std::string& json, const std::function<void(const JsonFields&)>& use) {
  simdjson::dom::parser parser;
  const auto fields = JsonFields::parse("thing", json, parser);
  ASSERT_TRUE(fields.ok()) << fields.error().message;
  use(*fields);
}

template <typename T>
std::string message_of(const Result<T>& result) {
  if (result.ok()) return "";
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  return result.error().message;
}

TEST(JsonFields, ReadsEveryKindOfMember) {
  with_fields(R"({"t":"a\u00e9","n":-3,"c":18446744073709551615,"at":"2025-01-03T02:00:00Z"})",
              [](const JsonFields& json) {
                EXPECT_EQ(*json.text("t"), "aé");
                EXPECT_EQ(*json.integer("n"), -3);
                EXPECT_EQ(*json.count("c"), 18'446'744'073'709'551'615U);
                EXPECT_EQ(*json.time_ms("at"), 1'735'869'600'000);
              });
}

TEST(JsonFields, KeepsNumbersInTheOrderOfTheDocument) {
  with_fields(R"({"m":{"z":1,"a":0.5,"nothing":null,"big":1e300}})", [](const JsonFields& json) {
    const auto numbers = *json.numbers("m");
    ASSERT_EQ(numbers.size(), 4U);
    EXPECT_EQ(numbers[0], (std::pair<std::string, double>{"z", 1.0}));
    EXPECT_EQ(numbers[1], (std::pair<std::string, double>{"a", 0.5}));
    EXPECT_TRUE(std::isnan(numbers[2].second));
    EXPECT_EQ(numbers[3].second, 1e300);
  });
}

TEST(JsonFields, NamesTheMemberThatIsMissing) {
  with_fields("{}", [](const JsonFields& json) {
    EXPECT_EQ(message_of(json.text("a")), "thing: 'a' is missing or no text");
    EXPECT_EQ(message_of(json.count("a")), "thing: 'a' is missing or no count");
    EXPECT_EQ(message_of(json.integer("a")), "thing: 'a' is missing or no integer");
    EXPECT_EQ(message_of(json.time_ms("a")), "thing: 'a' is missing or no text");
    EXPECT_EQ(message_of(json.sha256("a")), "thing: 'a' is missing or no text");
    EXPECT_EQ(message_of(json.numbers("a")), "thing: 'a' is missing or no object");
    EXPECT_EQ(message_of(json.object("a")), "thing: 'a' is missing or no object");
    EXPECT_EQ(message_of(json.objects("a")), "thing: 'a' is missing or no array");
  });
}

TEST(JsonFields, RefusesAMemberOfAnotherType) {
  with_fields(R"({"a":[1],"n":1.5,"neg":-1,"o":{"x":"1"},"t":"noon"})", [](const JsonFields& json) {
    EXPECT_NE(message_of(json.text("a")), "");
    EXPECT_NE(message_of(json.count("neg")), "");
    EXPECT_NE(message_of(json.count("n")), "");
    EXPECT_NE(message_of(json.integer("n")), "");
    EXPECT_EQ(message_of(json.time_ms("t")), "thing: 't' is missing or no RFC 3339 time");
    EXPECT_EQ(message_of(json.numbers("o")), "thing: 'o.x' is missing or no number");
    EXPECT_EQ(message_of(json.objects("a")), "thing: 'a' is missing or no array of objects");
    EXPECT_NE(message_of(json.object("a")), "");
  });
}

TEST(JsonFields, TakesOnlyALowerCaseSha256) {
  const std::string good(64, '0');
  const auto check = [](const std::string& value) {
    bool ok = false;
    with_fields(R"({"s":")" + value + R"("})",
                [&ok](const JsonFields& json) { ok = json.sha256("s").ok(); });
    return ok;
  };
  EXPECT_TRUE(check(good));
  EXPECT_TRUE(check(std::string(63, 'f') + "a"));
  EXPECT_FALSE(check(std::string(64, 'F')));
  EXPECT_FALSE(check(std::string(63, '0')));
  EXPECT_FALSE(check(good + "0"));
  EXPECT_FALSE(check(std::string(63, '0') + "g"));
}

TEST(JsonFields, SaysInWhichOfNestedObjectsAMemberIsMissing) {
  with_fields(R"({"list":[{"k":"a"},{}],"o":{"inner":{}}})", [](const JsonFields& json) {
    const auto list = *json.objects("list");
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(*list[0].text("k"), "a");
    EXPECT_EQ(message_of(list[1].text("k")), "thing: 'list[1]': 'k' is missing or no text");
    EXPECT_EQ(message_of((*(*json.object("o")).object("inner")).text("x")),
              "thing: 'o': 'inner': 'x' is missing or no text");
  });
}

TEST(JsonFields, RefusesWhatIsNoJsonObject) {
  simdjson::dom::parser parser;
  for (const char* json : {"", "[]", "1", "\"a\"", "{", "{}}", "{\"a\":\xFF}", "{a:1}"}) {
    EXPECT_NE(message_of(JsonFields::parse("thing", json, parser)), "") << json;
  }
  EXPECT_EQ(message_of(JsonFields::parse("thing", "[]", parser)), "thing is no JSON object");
}

}  // namespace
}  // namespace marquee::formats::internal
