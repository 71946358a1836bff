#include "domain/offset.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(Offset, HasTheFormOfItsLog) {
  EXPECT_EQ((Offset{Offset::kEmbedded, 1'842}.to_string()), "e:1842");
  EXPECT_EQ((Offset{3, 99}.to_string()), "k:3:99");
}

TEST(Offset, RefusesEveryOtherText) {
  for (const char* text : {"", "e", "e:", "e:x", "e:-1", "e:1x", "k:1", "k:-1:2", "k::2",
                           "k:1:", "x:1", "1842", "e: 1", "e:99999999999999999999", "k:1:2:3"}) {
    EXPECT_FALSE(Offset::parse(text).has_value()) << text;
  }
}

RC_GTEST_PROP(Offset, ReadsBackWhatItWrote, (std::uint64_t sequence, std::uint16_t partition)) {
  const Offset embedded{Offset::kEmbedded, sequence};
  const Offset kafka{partition, sequence};
  RC_ASSERT(Offset::parse(embedded.to_string()) == embedded);
  RC_ASSERT(Offset::parse(kafka.to_string()) == kafka);
}

TEST(Cursor, IncludesWhatLiesBehindItOnTheSamePartition) {
  Cursor cursor;
  EXPECT_EQ(cursor.next(2), 0U);
  EXPECT_FALSE(cursor.includes({2, 0}));
  cursor.set_next(2, 5);
  EXPECT_TRUE(cursor.includes({2, 4}));
  EXPECT_FALSE(cursor.includes({2, 5}));
  EXPECT_FALSE(cursor.includes({1, 0}));
  EXPECT_FALSE(cursor == Cursor());
}

}  // namespace
}  // namespace marquee
