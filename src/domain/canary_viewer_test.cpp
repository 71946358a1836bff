#include "domain/canary_viewer.h"

#include <set>

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(CanaryViewer, IsReservedAndItsOwnInEachPlace) {
  std::set<UserId> viewers;
  for (std::uint32_t place = 0; place < kCanaryPlaces; ++place) {
    const UserId viewer = canary_viewer(place);
    EXPECT_TRUE(is_reserved(viewer));
    EXPECT_TRUE(is_valid_id(viewer.value()));
    viewers.insert(viewer);
  }
  EXPECT_EQ(viewers.size(), kCanaryPlaces);
  EXPECT_EQ(canary_viewer(0).value(), "marquee:canary") << "as states of before have it";
}

TEST(CanaryViewer, AProcessKeepsItsPlaceAndOthersHaveOthers) {
  EXPECT_EQ(canary_place("host:/var/lib/api1"), canary_place("host:/var/lib/api1"));
  std::set<std::uint32_t> places;
  for (int i = 1; i <= 8; ++i) places.insert(canary_place("host:/data/api" + std::to_string(i)));
  EXPECT_GE(places.size(), 7U);
  EXPECT_FALSE(places.contains(0));
  EXPECT_LT(*places.rbegin(), kCanaryPlaces);
}

}  // namespace
}  // namespace marquee
