// Goal: whoever knows the source cannot choose ids that slow a server down. Tables of the other
// folders have the same test beside them (*hostile_ids_test.cpp).

#include "testing/hostile_ids.h"

#include <set>
#include <unordered_map>
#include <unordered_set>

#include <gtest/gtest.h>

#include "domain/ids.h"
#include "domain/movie_table.h"

namespace marquee {
namespace {

using testing::hostile_ids;

/// Comparisons that finding every element once takes, on average over a chain.
template <typename Set>
double comparisons(const Set& set) {
  double sum = 0;
  for (std::size_t b = 0; b < set.bucket_count(); ++b) {
    const auto size = static_cast<double>(set.bucket_size(b));
    sum += size * (size + 1) / 2;
  }
  return sum;
}

template <typename Set>
Set set_of(const std::vector<std::string>& ids, std::size_t count) {
  Set set;
  for (std::size_t i = 0; i < count; ++i) set.insert(typename Set::value_type(ids[i]));
  return set;
}

template <typename Set>
double comparisons_ratio() {
  double ratio = 0;
  // Few tell already whether they collide; all of them would then take minutes.
  for (const std::size_t count : {std::size_t{3'000}, testing::kHostileIds}) {
    ratio = comparisons(set_of<Set>(hostile_ids(), count)) /
            comparisons(set_of<Set>(testing::ordinary_ids(), count));
    if (ratio > testing::kHostileCostMax) break;
  }
  return ratio;
}

TEST(HostileIds, AreDistinctValidIdsThatCollideUnderTheStandardHash) {
  const auto& ids = hostile_ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  const std::size_t first = std::hash<std::string>{}(ids.front());
  for (const std::string& id : ids) {
    ASSERT_TRUE(is_valid_id(id)) << id;
    ASSERT_EQ(std::hash<std::string>{}(id), first) << id;
  }
}

TEST(HostileIds, FillTheBucketsOfEveryKindOfIdAsOrdinaryOnesDo) {
  EXPECT_LE(comparisons_ratio<std::unordered_set<UserId>>(), testing::kHostileCostMax);
  EXPECT_LE(comparisons_ratio<std::unordered_set<MovieId>>(), testing::kHostileCostMax);
  EXPECT_LE(comparisons_ratio<std::unordered_set<SessionId>>(), testing::kHostileCostMax);
  EXPECT_LE(comparisons_ratio<std::unordered_set<ListId>>(), testing::kHostileCostMax);
  using Texts = std::unordered_set<std::string, KeyedStringHash, std::equal_to<>>;
  EXPECT_LE(comparisons_ratio<Texts>(), testing::kHostileCostMax);
}

TEST(HostileIds, EventIdsThatDifferInOneBitFillTheBucketsAsOrdinaryOnesDo) {
  std::unordered_set<EventId> regular;
  std::unordered_set<EventId> ordinary;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    regular.insert(Uuid::v7_from(1, i << 40U, i << 45U));
    ordinary.insert(Uuid::v7(1));
  }
  EXPECT_LE(comparisons(regular), testing::kHostileCostMax * comparisons(ordinary));
}

TEST(HostileIds, CostTheTableOfFilmsWhatOrdinaryOnesCost) {
  EXPECT_LE(testing::cost_of_hostile_ids([](const std::vector<std::string>& ids) {
              MovieTable movies;
              for (const std::string& id : ids) movies.intern(MovieId(id));
              for (const std::string& id : ids) ASSERT_TRUE(movies.find(id));
            }),
            testing::kHostileCostMax);
}

}  // namespace
}  // namespace marquee
