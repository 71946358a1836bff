// Goal: the best rows of every query are those that a look at all products finds, for any number of
// queries and workers.

#include "linalg/best_products.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "linalg/every_target_test.h"
#include "linalg/slow_reference.h"

namespace marquee::linalg {
namespace {

using Rows = std::vector<std::vector<std::uint32_t>>;
using Best = std::vector<std::vector<Scored>>;

class BestProducts : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(BestProducts);

/// Small whole numbers: sums are exact in any order, and many products are alike. Rows of all
/// lengths, for the short ones to be passed by.
std::vector<float> whole_numbers(Rng& rng, std::size_t rows, std::size_t k) {
  std::vector<float> numbers;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t most = rng.below(1 + rng.below(40));
    for (std::size_t i = 0; i < k; ++i) {
      numbers.push_back(static_cast<float>(rng.below(2 * most + 1)) - static_cast<float>(most));
    }
  }
  return numbers;
}

Rows some_left_out(Rng& rng, std::size_t queries, std::size_t rows) {
  Rows left_out(queries);
  for (auto& of_query : left_out) {
    const std::uint64_t share = rng.below(4);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (rng.below(4) < share) of_query.push_back(row);
    }
  }
  return left_out;
}

Best search(const std::vector<float>& matrix, const std::vector<float>& queries, std::size_t k,
            std::size_t count, const Rows& left_out, std::size_t workers) {
  Best best(left_out.size());
  best_products(
      matrix, queries, k, count, workers,
      [&](std::size_t query) { return std::span(left_out[query]); },
      [&](std::size_t query, std::vector<Scored> found) { best[query] = std::move(found); });
  return best;
}

std::vector<Scored> slow_search(const std::vector<float>& matrix, std::span<const float> query,
                                std::size_t count, const std::vector<std::uint32_t>& left_out) {
  const std::size_t k = query.size();
  std::vector<Scored> all;
  for (std::uint32_t row = 0; row < matrix.size() / k; ++row) {
    if (std::binary_search(left_out.begin(), left_out.end(), row)) continue;
    float sum = 0;
    for (std::size_t i = 0; i < k; ++i) sum += matrix[row * k + i] * query[i];
    all.push_back({row, sum});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(count, all.size()));
  return all;
}

TEST_P(BestProducts, AreThoseOfALookAtAllButWhatIsLeftOut) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = *rc::gen::inRange<std::size_t>(0, 1'200);
    const auto total = *rc::gen::inRange<std::size_t>(0, 40);
    const auto k = *rc::gen::inRange<std::size_t>(1, 20);
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    Rng rng(*rc::gen::arbitrary<std::uint64_t>());
    const auto matrix = whole_numbers(rng, rows, k);
    const auto queries = whole_numbers(rng, total, k);
    const Rows left_out = some_left_out(rng, total, rows);
    const Best best =
        search(matrix, queries, k, count, left_out, *rc::gen::inRange<std::size_t>(1, 4));
    for (std::size_t query = 0; query < total; ++query) {
      RC_ASSERT(best[query] == slow_search(matrix, std::span(queries).subspan(query * k, k), count,
                                           left_out[query]));
    }
  }));
}

TEST_P(BestProducts, AreTheSameBitsForAnyNumberOfWorkersAndOtherQueries) {
  constexpr std::size_t kRows = 700, kQueries = 101, kSize = 24;
  Rng rng(8);
  const auto matrix = random_floats(rng, kRows * kSize);
  const auto queries = random_floats(rng, kQueries * kSize);
  const Rows left_out = some_left_out(rng, kQueries, kRows);
  const Best alone = search(matrix, queries, kSize, 10, left_out, 1);
  EXPECT_EQ(alone, search(matrix, queries, kSize, 10, left_out, 3));
  for (const std::size_t query : {0U, 50U, 100U}) {
    const std::vector<float> one(
        queries.begin() + static_cast<std::ptrdiff_t>(query * kSize),
        queries.begin() + static_cast<std::ptrdiff_t>((query + 1) * kSize));
    EXPECT_EQ(search(matrix, one, kSize, 10, {left_out[query]}, 1)[0], alone[query]);
  }
}

TEST(BestProductsOf, RowsWithoutAProductAreLeftOut) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kLarge = 3e38F;
  const std::vector<float> matrix{1, kNan, -kLarge, kLarge, 2};
  const Best best = search(matrix, {10}, 1, 5, {{}}, 1);
  const std::vector<Scored> wanted{{3, std::numeric_limits<float>::infinity()}, {4, 20}, {0, 10}};
  EXPECT_EQ(best[0], wanted);
}

}  // namespace
}  // namespace marquee::linalg
