#include "speed/recent_profiles.h"

#include <string>

#include <gtest/gtest.h>

namespace marquee::speed {
namespace {

std::shared_ptr<const UserProfile> profile_of(std::uint64_t version, std::size_t films = 0) {
  UserProfile profile;
  profile.version = version;
  profile.movies.resize(films);
  return std::make_shared<const UserProfile>(std::move(profile));
}

UserId user(int number) { return UserId("u" + std::to_string(number)); }

TEST(RecentProfiles, GivesWhatWasPutLast) {
  RecentProfiles recent(1 << 20);
  EXPECT_EQ(recent.find(user(1)), nullptr);
  recent.put(user(1), profile_of(1));
  recent.put(user(1), profile_of(2));
  recent.put(user(2), profile_of(9));
  EXPECT_EQ(recent.find(user(1))->version, 2U);
  EXPECT_EQ(recent.find(user(2))->version, 9U);
}

TEST(RecentProfiles, StaysWithinItsBoundWhateverIsPut) {
  constexpr std::size_t kBytesMax = 20'000;
  RecentProfiles recent(kBytesMax);
  for (int i = 0; i < 1'000; ++i) {
    recent.put(user(i % 70), profile_of(1, static_cast<std::size_t>(i % 40)));
    EXPECT_LE(recent.bytes(), kBytesMax);
    EXPECT_NE(recent.find(user(i % 70)), nullptr);
  }
}

TEST(RecentProfiles, LetsGoOfTheOneThatWasUnusedForLongest) {
  RecentProfiles probe(1 << 20);
  probe.put(user(0), profile_of(1));
  RecentProfiles recent(3 * probe.bytes());
  for (int i = 1; i <= 3; ++i) recent.put(user(i), profile_of(1));
  EXPECT_NE(recent.find(user(1)), nullptr);  // 2 is now the oldest
  recent.put(user(4), profile_of(1));
  EXPECT_EQ(recent.find(user(2)), nullptr);
  for (const int kept : {1, 3, 4}) EXPECT_NE(recent.find(user(kept)), nullptr) << kept;
}

TEST(RecentProfiles, KeepsOneThatIsLargerThanTheBound) {
  RecentProfiles recent(1);
  recent.put(user(1), profile_of(1, 500));
  EXPECT_NE(recent.find(user(1)), nullptr);
  recent.put(user(2), profile_of(1));
  EXPECT_EQ(recent.find(user(1)), nullptr);
  EXPECT_NE(recent.find(user(2)), nullptr);
}

TEST(RecentProfiles, LeavesAProfileThatWasHandedOutAlone) {
  RecentProfiles recent(1);
  recent.put(user(1), profile_of(7));
  const auto held = recent.find(user(1));
  recent.put(user(2), profile_of(1));
  EXPECT_EQ(held->version, 7U);
}

}  // namespace
}  // namespace marquee::speed
