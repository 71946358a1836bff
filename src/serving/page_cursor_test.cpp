#include "serving/page_cursor.h"

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
