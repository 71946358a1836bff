#include "serving/page_cursor.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/fold_text.h"

namespace marquee::serving {
namespace {

RC_GTEST_PROP(PageCursor, ReadsBackWhatItWrote, (const std::vector<std::uint32_t>& numbers)) {
  PageCursor cursor;
  for (const std::uint32_t number : numbers) cursor.shown.push_back(number & 0xFF'FFFF);
  RC_PRE(cursor.shown.size() <= kCursorFilmsMax);
  const auto parsed = PageCursor::parse(cursor.to_string());
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->shown == cursor.shown);
}

TEST(PageCursor, RefusesWhatItDidNotWrite) {
  for (const char* text : {"", "x", "c2.AAAA", "c1.A", "c1.AAAAA", "c1.A+/=", "c1.AA A"}) {
    EXPECT_FALSE(PageCursor::parse(text).ok()) << text;
  }
  EXPECT_FALSE(PageCursor::parse("c1." + std::string(4 * (kCursorFilmsMax + 1), 'A')).ok());
}

RC_GTEST_PROP(PageCursor, TakesOnlyTextThatItWouldWriteItself, ()) {
  std::string text = "c1.";
  for (const int index : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 66))) {
    text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+"[index];
  }
  const auto parsed = PageCursor::parse(text);
  if (parsed.ok()) RC_ASSERT(parsed->to_string() == text);
  const bool is_whole = text.size() % 4 == 3 && text.find_first_of("=+") == std::string::npos;
  RC_ASSERT(parsed.ok() == is_whole);
}

TEST(PageCursor, TellsTheFilmsOfACatalogueApart) {
  std::set<std::uint32_t> tags;
  for (int id = 0; id < 1'000; ++id) tags.insert(page_tag_of(MovieId(std::to_string(id))));
  EXPECT_GE(tags.size(), 999U) << "24 bits: two of a thousand alike now and then";
  EXPECT_LT(*tags.rbegin(), 1U << 24U);
}

TEST(PageCursor, OfNothingIsThePrefixAlone) {
  EXPECT_EQ(PageCursor().to_string(), "c1.");
  EXPECT_TRUE(PageCursor::parse("c1.")->shown.empty());
}

TEST(FoldText, ForgetsCaseAccentsAndPunctuation) {
  EXPECT_EQ(fold_text("Amélie"), "amelie");
  EXPECT_EQ(fold_text("  WALL·E: The  Movie! "), "wall e the movie");
  EXPECT_EQ(fold_text("Schindler's List"), "schindlers list");
  EXPECT_EQ(fold_text("愛のむきだし"), "愛のむきだし");
  EXPECT_EQ(words_of("a bc d").size(), 3U);
  EXPECT_TRUE(words_of("").empty());
}

}  // namespace
}  // namespace marquee::serving
