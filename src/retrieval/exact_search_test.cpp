// Goal: the sweep finds what a look at every vector finds.

#include "retrieval/exact_search.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

/// Keys run against the rows, so that a mix-up of the two shows.
std::vector<MovieKey> reversed_keys(std::size_t count) {
  std::vector<MovieKey> keys(count);
  std::iota(keys.rbegin(), keys.rend(), 0U);
  return keys;
}

std::vector<Candidate> look_at_all(const models::FactorModel& model,
                                   const std::vector<MovieKey>& keys,
                                   const std::vector<float>& query, std::size_t count,
                                   const VectorSearch::Filter& filter) {
  std::vector<Candidate> all;
  for (std::size_t row = 0; row < model.items().rows(); ++row) {
    double score = 0;
    for (std::size_t i = 0; i < query.size(); ++i) score += model.items().row(row)[i] * query[i];
    if (!filter || filter(keys[row])) all.push_back({keys[row], static_cast<float>(score)});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(count, all.size()));
  return all;
}

class ExactSearch : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ExactSearch, FindsTheBestInOrderWithAndWithoutAFilter) {
  const auto model = random_model(200, 8, GetParam());
  const auto keys = reversed_keys(200);
  const ExactVectorSearch search(model, keys);
  EXPECT_EQ(search.dimensions(), 8U);
  Rng rng(GetParam() + 100);
  std::vector<float> query(8);
  for (float& x : query) x = static_cast<float>(rng.normal());
  const VectorSearch::Filter odd = [](MovieKey key) { return key % 2 == 1; };
  for (const auto& filter : {VectorSearch::Filter(), odd}) {
    const auto found = search.search(query, 17, filter);
    ASSERT_TRUE(found.ok());
    const auto wanted = look_at_all(*model, keys, query, 17, filter);
    ASSERT_EQ(found->size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ((*found)[i].movie, wanted[i].movie) << i;
      EXPECT_NEAR((*found)[i].score, wanted[i].score, 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExactSearch, ::testing::Range<std::size_t>(1, 9));

TEST(ExactVectorSearch, GivesAllWhenMoreAreAskedForAndTiesBySmallerKey) {
  const auto model = random_model(10, 4, 1);
  const ExactVectorSearch search(model, reversed_keys(10));
  const auto found = search.search(std::vector<float>(4, 0.0F), 50, {});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ((*found)[i].movie, i);
}

TEST(ExactVectorSearch, RefusesAQueryOfAnotherLength) {
  const auto model = random_model(10, 4, 1);
  const auto found =
      ExactVectorSearch(model, reversed_keys(10)).search(std::vector<float>(3), 5, {});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::retrieval
