#include "retrieval/vector_recall.h"

#include <memory>

#include <gtest/gtest.h>

#include "retrieval/model_fixture.h"
#include "testing/fake_vector_search.h"

namespace marquee::retrieval {
namespace {

std::unique_ptr<VectorSearch> of_films(std::initializer_list<std::pair<MovieKey, float>> films) {
  auto search = std::make_unique<testing::FakeVectorSearch>(1);
  for (const auto& [film, number] : films) search->add(film, {number});
  return search;
}

const std::vector<std::vector<float>> kOneQuery{{1.0F}};

TEST(RecallAt, IsOneForTheSameSearch) {
  const auto search = of_films({{1, 3}, {2, 2}, {3, 1}});
  EXPECT_DOUBLE_EQ(recall_at(2, *search, *search, kOneQuery)->recall, 1);
}

TEST(RecallAt, CountsWhatIsMissing) {
  const auto exact = of_films({{1, 4}, {2, 3}, {3, 2}, {4, 1}});
  const auto half = of_films({{2, 3}, {4, 1}});
  EXPECT_DOUBLE_EQ(recall_at(2, *half, *exact, kOneQuery)->recall, 0.5);
}

TEST(RecallAt, TakesAFilmThatTiesWithTheLastForFound) {
  const auto exact = of_films({{1, 4}, {2, 3}, {3, 3}});
  const auto other = of_films({{1, 4}, {3, 3}});
  EXPECT_DOUBLE_EQ(recall_at(2, *other, *exact, kOneQuery)->recall, 1);
}

TEST(RecallAt, CountsAFilmAsFoundWhoseScoreDiffersInItsLastBit) {
  const auto exact = of_films({{1, 4}, {2, 3}, {3, 2}});
  const auto other = of_films({{1, 4}, {2, 2.9999998F}, {3, 2}});
  EXPECT_DOUBLE_EQ(recall_at(2, *other, *exact, kOneQuery)->recall, 1);
}

TEST(RecallAt, IsTheMeanOverTheQueries) {
  const auto exact = of_films({{1, 4}, {2, -4}});
  const auto only_first = of_films({{1, 4}});
  const std::vector<std::vector<float>> queries{{1.0F}, {-1.0F}};
  EXPECT_DOUBLE_EQ(recall_at(1, *only_first, *exact, queries)->recall, 0.5);
}

TEST(SampleQueries, AreOfDifferentRowsFromAllOverTheTable) {
  const auto model = random_model(100, 4, 7);  // no viewers: its films
  const auto queries = sample_queries(*model, 10);
  ASSERT_EQ(queries.size(), 10U);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto row = model->items().row(10 * i);
    EXPECT_EQ(queries[i], std::vector<float>(row.begin(), row.end()));
  }
  EXPECT_EQ(sample_queries(*model, 1'000).size(), 100U);
  EXPECT_TRUE(sample_queries(*random_model(0, 4, 7), 5).empty());
}

TEST(RecallAt, PassesOnAnErrorOfASearch) {
  const auto search = of_films({{1, 1}});
  const std::vector<std::vector<float>> queries{{1.0F, 2.0F}};
  EXPECT_FALSE(recall_at(1, *search, *search, queries).ok());
}

}  // namespace
}  // namespace marquee::retrieval
