// Goal: which sequences were left out comes back exactly, and no text can ask for endless memory.

#include "formats/sequence_ranges.h"

#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::formats {
namespace {

using Sequences = std::vector<std::uint64_t>;
constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

TEST(SequenceRanges, NamesARunByItsEnds) {
  EXPECT_EQ(ranges_text(Sequences{}), "");
  EXPECT_EQ(ranges_text(Sequences{7}), "7");
  EXPECT_EQ(ranges_text(Sequences{0, 17, 20, 21, 22, kLast}), "0,17,20-22,18446744073709551615");
}

RC_GTEST_PROP(SequenceRanges, ComeBackAsTheyWent, ()) {
  const auto set = *rc::gen::container<std::set<std::uint64_t>>(rc::gen::inRange(0, 60));
  const Sequences sequences(set.begin(), set.end());
  const auto back = parse_ranges(ranges_text(sequences), sequences.size());
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == sequences);
}

TEST(SequenceRanges, AreRefusedWhenTheyDoNotAscendOrAreNone) {
  for (const char* text : {"5-4", "5,5", "5,4", "5-", "-5", ",5", "5,", "a", "5-6-7", "5, 6", "+5",
                           "18446744073709551616"}) {
    EXPECT_FALSE(parse_ranges(text, 100).has_value()) << text;
  }
}

TEST(SequenceRanges, HoldNoMoreThanIsAskedFor) {
  EXPECT_TRUE(parse_ranges("5-9", 5).has_value());
  EXPECT_FALSE(parse_ranges("5-9", 4).has_value());
  EXPECT_FALSE(parse_ranges("1,2", 1).has_value());
  EXPECT_FALSE(parse_ranges("0-18446744073709551615", 1'000).has_value());
  EXPECT_EQ(*parse_ranges("18446744073709551615", 1), Sequences{kLast});
}

}  // namespace
}  // namespace marquee::formats
