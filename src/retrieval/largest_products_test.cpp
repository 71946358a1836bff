// Goal: the rows that a look at every product finds, with those very products.

#include "retrieval/largest_products.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "linalg/vector_ops.h"

namespace marquee::retrieval {
namespace {

constexpr float kAny = -std::numeric_limits<float>::infinity();

std::vector<float> random_floats(Rng& rng, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

std::vector<linalg::Scored> look_at_all(const std::vector<float>& matrix,
                                        const std::vector<float>& query, float least,
                                        const std::function<bool(std::uint32_t)>& accept) {
  std::vector<float> products(matrix.size() / query.size());
  linalg::scores(matrix, query, products);
  std::vector<linalg::Scored> all;
  for (std::uint32_t row = 0; row < products.size(); ++row) {
    if (products[row] >= least && accept(row)) all.push_back({row, products[row]});
  }
  std::sort(all.begin(), all.end(), linalg::ranks_before);
  return all;
}

RC_GTEST_PROP(LargestProducts, AreThoseOfALookAtEveryProduct, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::size_t k = 1 + rng.below(40);
  const std::size_t rows = rng.below(300);
  auto matrix = random_floats(rng, rows * k);
  if (rng.below(4) == 0) {  // many ties
    for (float& x : matrix) x = x < 0 ? -1.0F : 1.0F;
  }
  const auto query = random_floats(rng, k);
  const std::size_t count = rng.below(80);
  const float least = rng.below(2) == 0 ? kAny : static_cast<float>(rng.normal());
  const std::uint64_t one_in = 1 + rng.below(30);  // a filter that lets few through, or all
  const auto accept = [one_in](std::uint32_t row) { return row % one_in == 0; };

  auto found =
      largest_products(linalg::QuantizedMatrix(matrix, k), matrix, query, count, least, accept);
  auto wanted = look_at_all(matrix, query, least, accept);
  std::sort(found.begin(), found.end(), linalg::ranks_before);
  RC_ASSERT(found.size() >= std::min(count, wanted.size()));
  RC_ASSERT(found.size() <= wanted.size());
  wanted.resize(found.size());
  RC_ASSERT(found == wanted);
}

TEST(LargestProducts, LooksAtFewMoreThanTheBest) {
  Rng rng(5);
  const auto matrix = random_floats(rng, 10'000 * std::size_t{64});
  std::size_t asked = 0;
  const auto count_asked = [&asked](std::uint32_t) {
    ++asked;
    return true;
  };
  const auto found = largest_products(linalg::QuantizedMatrix(matrix, 64), matrix,
                                      random_floats(rng, 64), 250, kAny, count_asked);
  EXPECT_GE(found.size(), 250U);
  EXPECT_LT(asked, 900U) << "of 10,000";
}

}  // namespace
}  // namespace marquee::retrieval
