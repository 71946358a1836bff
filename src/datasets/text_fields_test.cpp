#include "datasets/text_fields.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::datasets {
namespace {

TEST(ParseTime, ReadsSecondsMillisecondsAndWords) {
  EXPECT_EQ(parse_time("0"), 0);
  EXPECT_EQ(parse_time("1112484727"), 1'112'484'727'000);
  EXPECT_EQ(parse_time("1112484727123"), 1'112'484'727'123);
  EXPECT_EQ(parse_time("2005-04-02T23:32:07Z"), 1'112'484'727'000);
  EXPECT_EQ(parse_time("2005-04-03T01:32:07.25+02:00"), 1'112'484'727'250);
  EXPECT_EQ(parse_time("2005-04-02 23:32:07"), 1'112'484'727'000);
  EXPECT_EQ(parse_time("2005-04-02T23:32:07.5"), 1'112'484'727'500);
  EXPECT_EQ(parse_time("2005-04-02"), 1'112'400'000'000);
}

TEST(ParseTime, RefusesWhatIsNoTimeFrom1970To2100) {
  for (const char* text : {"", " ", "-1", "x", "12.5", "4102444800000", "99999999999999999999",
                           "1969-12-31", "2100-01-01", "2005-02-30", "2005-04-02T", "2005-13-01",
                           "2005-04-02T25:00:00Z", "2005-04-02T23:32:07+2", "now"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(ParseTime, ReadsEveryTimeBackThatWasWritten, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(100'000'000'000, 4'102'444'800'000);
  RC_ASSERT(parse_time(format_rfc3339(ms)) == ms);
  RC_ASSERT(parse_time(std::to_string(ms)) == ms);
  RC_ASSERT(parse_time(std::to_string(ms / 1000)) == ms / 1000 * 1000);
}

TEST(ToUtf8, LeavesUtf8AloneAndReadsEverythingElseAsLatin1) {
  EXPECT_EQ(to_utf8("Café"), "Café");
  EXPECT_EQ(to_utf8("Caf\xE9"), "Café");
  EXPECT_EQ(to_utf8("\xC6on Fl\xFCx"), "Æon Flüx");
  EXPECT_EQ(to_utf8(""), "");
}

RC_GTEST_PROP(ToUtf8, IsAlwaysValidUtf8OfTheSameCharacters, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const std::string text = to_utf8(bytes);
  RC_ASSERT(is_valid_utf8(text));
  const auto begins = [](const std::string& utf8) {
    return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
  };
  if (text != bytes) RC_ASSERT(begins(text) == static_cast<std::ptrdiff_t>(bytes.size()));
}

TEST(HasControlCharacter, MeansUnicodesCcAndNotMarksOfDirection) {
  EXPECT_FALSE(has_control_character("<b>\u202Ebold\u202C</b> \u00A0\u00E9\u0160"));
  for (const char* text : {"a\tb", "a\nb", "\x1F", "a\x7F", "\u0080", "x\u009F"}) {
    EXPECT_TRUE(has_control_character(text)) << text;
  }
  EXPECT_TRUE(has_control_character(std::string_view("a\0b", 3)));
}

TEST(SplitGenres, TrimsAndTakesEachOnce) {
  EXPECT_EQ(split_genres("Drama| War ||Drama"), (std::vector<std::string>{"Drama", "War"}));
  EXPECT_TRUE(split_genres("").empty());
  EXPECT_TRUE(split_genres("(no genres listed)").empty());
  EXPECT_TRUE(split_genres("|  |").empty());
}

}  // namespace
}  // namespace marquee::datasets
