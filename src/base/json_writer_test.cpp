#include "base/json_writer.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(JsonWriter, NestsObjectsAndArraysWithTheirCommas) {
  JsonWriter json;
  json.begin_object().member("a", 1).key("b").begin_array().value(true).null().begin_object();
  json.end_object().end_array().key("c").begin_object().end_object().end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[true,null,{}],"c":{}})");
}

TEST(JsonWriter, OptionalMembersAreLeftOutOrNull) {
  JsonWriter json;
  json.begin_object().member("gone", std::optional<int>());
  json.member("here", std::optional<int>(2));
  json.member_or_null("null", std::optional<std::string>()).end_object();
  EXPECT_EQ(json.text(), R"({"here":2,"null":null})");
}

TEST(JsonWriter, EscapesWhatJsonWants) {
  EXPECT_EQ(json_quote("a\"b\\c\nd\re\tf"), R"("a\"b\\c\nd\re\tf")");
  EXPECT_EQ(json_quote(std::string_view("\0\x1F\x7F", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(json_quote("</script>"), R"("</script>")");
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(json_quote("Amélie 愛 🎬"), "\"Amélie 愛 🎬\"");
  EXPECT_EQ(json_quote("a\xFF"
                       "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(json_quote("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"") << "overlong";
}

TEST(JsonWriter, NumbersReadBackTheSame) {
  JsonWriter json;
  json.begin_array().value(0.1).value(0.1F).value(-0.0).value(1e300).value(std::int64_t{-5});
  json.value(std::numeric_limits<std::uint64_t>::max()).end_array();
  EXPECT_EQ(json.text(), "[0.1,0.1,-0,1e+300,-5,18446744073709551615]");
}

TEST(JsonWriter, WhatIsNoNumberBecomesNull) {
  JsonWriter json;
  json.begin_array().value(std::nan("")).value(std::numeric_limits<float>::infinity()).end_array();
  EXPECT_EQ(json.text(), "[null,null]");
}

TEST(JsonWriter, RawTextIsCopied) {
  JsonWriter json;
  json.begin_object().key("m").raw(R"({"x":[1]})").member("n", "y").end_object();
  EXPECT_EQ(json.take(), R"({"m":{"x":[1]},"n":"y"})");
}

TEST(Utf8, TellsWellFormedFromBroken) {
  for (const char* good : {"", "plain", "é", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

RC_GTEST_PROP(JsonWriter, WritesOnlyValidUtf8WhateverItGets, (const std::string& bytes)) {
  const std::string quoted = json_quote(bytes);
  RC_ASSERT(is_valid_utf8(quoted));
  RC_ASSERT(quoted.front() == '"' && quoted.back() == '"');
  for (const char c : quoted) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace
}  // namespace marquee
