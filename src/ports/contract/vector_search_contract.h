#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "ports/vector_search.h"

namespace marquee::testing {

/// Films and their vectors, in the order in which an index is to hold them.
using IndexedVectors = std::vector<std::pair<MovieKey, std::vector<float>>>;

/// What every VectorSearch must do. `Harness` has
///   static std::unique_ptr<VectorSearch> make(std::size_t dimensions, const IndexedVectors&);
///
/// Vectors and queries are small whole numbers, so that every inner product is exact and scores and
/// ties can be compared to the bit, whatever the order of the additions.
template <typename Harness>
class VectorSearchContract : public ::testing::Test {
 protected:
  static constexpr std::size_t kDimensions = 5;

  static std::vector<float> small_numbers(Rng& rng, std::size_t count) {
    std::vector<float> numbers(count);
    for (float& number : numbers) number = static_cast<float>(rng.below(7)) - 3.0F;
    return numbers;
  }
  /// `count` films with keys in no order, and many equal scores.
  static IndexedVectors random_vectors(Rng& rng, std::size_t count) {
    IndexedVectors vectors;
    for (std::size_t i = 0; i < count; ++i) {
      vectors.emplace_back(static_cast<MovieKey>((i * 7 + 3) % count),
                           small_numbers(rng, kDimensions));
    }
    if (count % 7 != 0) return vectors;
    for (std::size_t i = 0; i < count; ++i) vectors[i].first = static_cast<MovieKey>(count - i);
    return vectors;
  }

  /// The definition: every film's product, sorted whole.
  static std::vector<Candidate> by_definition(const IndexedVectors& vectors,
                                              const std::vector<float>& query, std::size_t count,
                                              const VectorSearch::Filter& filter) {
    std::vector<Candidate> all;
    for (const auto& [movie, vector] : vectors) {
      if (filter && !filter(movie)) continue;
      float score = 0;
      for (std::size_t d = 0; d < query.size(); ++d) score += vector[d] * query[d];
      all.push_back({movie, score});
    }
    std::sort(all.begin(), all.end(), ranks_before);
    all.resize(std::min(count, all.size()));
    return all;
  }

  static std::vector<Candidate> found(const VectorSearch& search, const std::vector<float>& query,
                                      std::size_t count, const VectorSearch::Filter& filter = {}) {
    auto result = search.search(query, count, filter);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? *std::move(result) : std::vector<Candidate>{};
  }
};

TYPED_TEST_SUITE_P(VectorSearchContract);

TYPED_TEST_P(VectorSearchContract, KnowsTheLengthOfItsVectors) {
  EXPECT_EQ(TypeParam::make(5, {{1, {1, 2, 3, 4, 5}}})->dimensions(), 5U);
  EXPECT_EQ(TypeParam::make(17, {})->dimensions(), 17U);
}

TYPED_TEST_P(VectorSearchContract, FindsWhatTheDefinitionSaysForAnySizeAndCount) {
  using Suite = VectorSearchContract<TypeParam>;
  Rng rng(11);
  for (const std::size_t films : {1U, 2U, 9U, 64U, 140U}) {
    const auto vectors = Suite::random_vectors(rng, films);
    const auto search = TypeParam::make(Suite::kDimensions, vectors);
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}, films - 1, films, films + 5}) {
      const auto query = Suite::small_numbers(rng, Suite::kDimensions);
      EXPECT_EQ(Suite::found(*search, query, count),
                Suite::by_definition(vectors, query, count, {}))
          << films << " films, the best " << count;
    }
  }
}

TYPED_TEST_P(VectorSearchContract, CountsOnlyWhatPassesTheFilter) {
  using Suite = VectorSearchContract<TypeParam>;
  Rng rng(12);
  const auto vectors = Suite::random_vectors(rng, 90);
  const auto search = TypeParam::make(Suite::kDimensions, vectors);
  for (const std::uint32_t modulus : {2U, 5U, 30U}) {
    const VectorSearch::Filter filter = [modulus](MovieKey key) { return key % modulus == 1; };
    const auto query = Suite::small_numbers(rng, Suite::kDimensions);
    EXPECT_EQ(Suite::found(*search, query, 10, filter),
              Suite::by_definition(vectors, query, 10, filter))
        << "every " << modulus;
  }
  EXPECT_TRUE(Suite::found(*search, {1, 1, 1, 1, 1}, 10, [](MovieKey) { return false; }).empty());
}

TYPED_TEST_P(VectorSearchContract, AsksTheFilterOnlyForItsOwnFilms) {
  using Suite = VectorSearchContract<TypeParam>;
  const auto search = TypeParam::make(2, {{4, {1, 0}}, {40, {2, 0}}, {400, {3, 0}}});
  std::vector<MovieKey> asked;
  Suite::found(*search, {1, 0}, 2, [&asked](MovieKey key) {
    asked.push_back(key);
    return true;
  });
  for (const MovieKey key : asked) EXPECT_TRUE(key == 4 || key == 40 || key == 400) << key;
}

TYPED_TEST_P(VectorSearchContract, BreaksTiesBySmallerKeyWhateverTheOrderOfTheIndex) {
  using Suite = VectorSearchContract<TypeParam>;
  const auto search = TypeParam::make(1, {{9, {2}}, {3, {2}}, {5, {1}}, {7, {2}}, {1, {1}}});
  EXPECT_EQ(Suite::found(*search, {1}, 2), (std::vector<Candidate>{{3, 2}, {7, 2}}));
  EXPECT_EQ(Suite::found(*search, {0}, 3), (std::vector<Candidate>{{1, 0}, {3, 0}, {5, 0}}));
}

TYPED_TEST_P(VectorSearchContract, AlsoGivesFilmsThatSpeakAgainstTheQuery) {
  using Suite = VectorSearchContract<TypeParam>;
  const auto search = TypeParam::make(2, {{0, {1, 1}}, {1, {2, 2}}, {2, {3, 3}}});
  EXPECT_EQ(Suite::found(*search, {-1, -1}, 9),
            (std::vector<Candidate>{{0, -2}, {1, -4}, {2, -6}}));
}

TYPED_TEST_P(VectorSearchContract, GivesNothingForNothing) {
  using Suite = VectorSearchContract<TypeParam>;
  EXPECT_TRUE(Suite::found(*TypeParam::make(2, {{0, {1, 1}}}), {1, 1}, 0).empty());
  EXPECT_TRUE(Suite::found(*TypeParam::make(2, {}), {1, 1}, 10).empty());
}

TYPED_TEST_P(VectorSearchContract, RefusesAQueryOfAnotherLength) {
  const auto search = TypeParam::make(3, {{0, {1, 1, 1}}});
  for (const std::size_t length : {0U, 1U, 2U, 4U, 6U}) {
    const auto refused = search->search(std::vector<float>(length, 1.0F), 5, {});
    ASSERT_FALSE(refused.ok()) << length;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(search->search({}, 0, {}).ok()) << "also when nothing is asked for";
}

TYPED_TEST_P(VectorSearchContract, AnswersManyThreadsAlike) {
  using Suite = VectorSearchContract<TypeParam>;
  Rng rng(13);
  const auto vectors = Suite::random_vectors(rng, 120);
  const auto search = TypeParam::make(Suite::kDimensions, vectors);
  const auto query = Suite::small_numbers(rng, Suite::kDimensions);
  const auto wanted = Suite::by_definition(vectors, query, 12, {});
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) EXPECT_EQ(Suite::found(*search, query, 12), wanted);
    });
  }
}

REGISTER_TYPED_TEST_SUITE_P(VectorSearchContract, KnowsTheLengthOfItsVectors,
                            FindsWhatTheDefinitionSaysForAnySizeAndCount,
                            CountsOnlyWhatPassesTheFilter, AsksTheFilterOnlyForItsOwnFilms,
                            BreaksTiesBySmallerKeyWhateverTheOrderOfTheIndex,
                            AlsoGivesFilmsThatSpeakAgainstTheQuery, GivesNothingForNothing,
                            RefusesAQueryOfAnotherLength, AnswersManyThreadsAlike);

}  // namespace marquee::testing
