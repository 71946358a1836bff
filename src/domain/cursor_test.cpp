// How far a consumer has come, against a plain map.
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "domain/offset.h"

namespace marquee {
namespace {

using Steps = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

RC_GTEST_PROP(CursorProperty, RemembersTheLastPlaceOfEveryPartition, (const Steps& steps)) {
  Cursor cursor;
  std::map<std::int32_t, std::uint64_t> wanted;
  for (const auto& [partition, next] : steps) {
    cursor.set_next(partition, next);
    wanted[partition] = next;
  }
  for (std::int32_t partition = -1; partition < 256; ++partition) {
    const std::uint64_t next = wanted.contains(partition) ? wanted[partition] : 0;
    RC_ASSERT(cursor.next(partition) == next);
    if (next > 0) RC_ASSERT(cursor.includes({partition, next - 1}));
    RC_ASSERT(!cursor.includes({partition, next}));
  }
}

RC_GTEST_PROP(CursorProperty, EqualPlacesCompareEqualHoweverTheyWereReached, (const Steps& steps)) {
  Cursor forwards, again;
  for (const auto& [partition, next] : steps) forwards.set_next(partition, next);
  for (const auto& [partition, next] : steps) again.set_next(partition, 7);
  for (const auto& [partition, next] : steps) again.set_next(partition, next);
  RC_ASSERT(forwards == again);
}

TEST(CursorAtZero, IsTheSameAsNeverHavingRead) {
  Cursor cursor;
  cursor.set_next(3, 9);
  EXPECT_NE(cursor, Cursor());
  cursor.set_next(3, 0);
  EXPECT_EQ(cursor, Cursor());
  EXPECT_TRUE(cursor.partitions().empty());
}

TEST(CursorAtZero, KeepsTheEmbeddedLogApartFromEveryTopicPartition) {
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, 5);
  EXPECT_EQ(cursor.next(0), 0U);
  cursor.set_next(0, 2);
  EXPECT_EQ(cursor.next(Offset::kEmbedded), 5U);
}

}  // namespace
}  // namespace marquee
