#include "domain/user_profile.h"

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(UserProfile, KeepsFilmsSortedAndMakesAStateOnFirstUse) {
  UserProfile profile;
  EXPECT_EQ(profile.find(5), nullptr);
  profile.state_of(5).seen = 2;
  profile.state_of(1).hidden = 1;
  profile.state_of(9).watchlisted = true;
  ASSERT_EQ(profile.movies.size(), 3U);
  EXPECT_EQ(profile.movies[0].movie, 1U);
  EXPECT_EQ(profile.movies[2].movie, 9U);
  EXPECT_EQ(profile.state_of(5).seen, 2U);
  ASSERT_NE(profile.find(5), nullptr);
  EXPECT_EQ(profile.find(5)->seen, 2U);
  EXPECT_EQ(profile.find(4), nullptr);
}

}  // namespace
}  // namespace marquee
