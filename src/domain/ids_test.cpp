#include "domain/ids.h"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(Ids, TakeTheirGrammarAndNothingElse) {
  for (const char* good : {"1", "user_123", "a.b:c@d-e_F", "0"})
    EXPECT_TRUE(is_valid_id(good)) << good;
  for (const char* bad : {"", " ", "a b", "a/b", "ä", "a\n", "a,b", "<x>", "%20", "a+b"}) {
    EXPECT_FALSE(is_valid_id(bad)) << bad;
  }
  EXPECT_TRUE(is_valid_id(std::string(128, 'x')));
  EXPECT_FALSE(is_valid_id(std::string(129, 'x')));
  EXPECT_FALSE(is_valid_id(std::string_view("a\0b", 3)));
}

TEST(Ids, OfDifferentThingsAreDifferentTypes) {
  static_assert(!std::is_convertible_v<UserId, MovieId>);
  static_assert(!std::is_convertible_v<std::string, UserId>);
  static_assert(!std::is_assignable_v<UserId&, MovieId>);
  EXPECT_EQ(UserId("a"), UserId("a"));
  EXPECT_LT(UserId("a"), UserId("b"));
  const std::unordered_set<UserId> set{UserId("a"), UserId("a"), UserId("b")};
  EXPECT_EQ(set.size(), 2U);
}

TEST(ReservedIds, BeginWithThePrefixAndAreValid) {
  EXPECT_TRUE(is_reserved(UserId("marquee:canary")));
  EXPECT_TRUE(is_reserved(UserId("marquee:")));
  EXPECT_TRUE(is_valid_id("marquee:canary"));
  EXPECT_FALSE(is_reserved(UserId("marquee")));
  EXPECT_FALSE(is_reserved(UserId("Marquee:canary")));
  EXPECT_FALSE(is_reserved(UserId("x-marquee:canary")));
}

}  // namespace
}  // namespace marquee
