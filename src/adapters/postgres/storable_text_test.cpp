#include "adapters/postgres/storable_text.h"

#include <gtest/gtest.h>

namespace marquee::postgres {
namespace {

TEST(Storable, LeavesTextAsItIs) {
  EXPECT_EQ(storable(""), "");
  EXPECT_EQ(storable("Amélie ☹ \U0001F3AC"), "Amélie ☹ \U0001F3AC");
}

TEST(Storable, ReplacesNulCharacters) {
  EXPECT_EQ(storable(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Storable, ReplacesEachByteThatIsNoUtf8) {
  EXPECT_EQ(storable("a\xFF\xC3z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(storable("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(storable("é\xE2\x98"), "é\xEF\xBF\xBD\xEF\xBF\xBD") << "a character that was cut";
}

TEST(Storable, CutsBetweenCharacters) {
  EXPECT_EQ(storable("abcdef", 4), "abcd");
  EXPECT_EQ(storable("ab☹", 4), "ab");
  EXPECT_EQ(storable("ab☹", 5), "ab☹");
  EXPECT_EQ(storable(std::string_view("ab\0", 3), 4), "ab") << "what replaces it has three bytes";
}

}  // namespace
}  // namespace marquee::postgres
