// Goal: products of many queries at once are those of one query and one row at a time.

#include "linalg/row_panels.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/slow_reference.h"
#include "linalg/vector_ops.h"

namespace marquee::linalg {
namespace {

constexpr std::size_t kGroup = RowPanels::kQueries;

class RowPanelsOn : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(RowPanelsOn);

/// products[q][row] of all rows, `at_once` panels at a time; rows behind the last are kept, too.
std::vector<std::vector<float>> all_products(const RowPanels& rows,
                                             const RowPanels::Queries& queries,
                                             std::size_t at_once) {
  std::vector<std::vector<float>> products(kGroup);
  for (std::size_t first = 0; first < rows.panels(); first += at_once) {
    const std::size_t count = std::min(at_once, rows.panels() - first);
    const std::size_t stride = count * RowPanels::kPanelRows;
    AlignedFloats out(kGroup * stride, -1.0F);
    rows.products(first, count, queries, out.data());
    for (std::size_t q = 0; q < kGroup; ++q) {
      const auto begin = out.begin() + static_cast<std::ptrdiff_t>(q * stride);
      products[q].insert(products[q].end(), begin, begin + static_cast<std::ptrdiff_t>(stride));
    }
  }
  return products;
}

TEST_P(RowPanelsOn, GivesTheProductOfEveryRowWithEveryQuery) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = *rc::gen::inRange<std::size_t>(1, 200);
    const auto k = *rc::gen::inRange<std::size_t>(1, 70);
    Rng rng(*rc::gen::arbitrary<std::uint64_t>());
    const auto matrix = random_floats(rng, rows * k);
    std::vector<std::uint32_t> order(*rc::gen::inRange<std::size_t>(0, 200));
    for (std::uint32_t& row : order) row = static_cast<std::uint32_t>(rng.below(rows));
    const RowPanels panels(matrix, k, order);
    RC_ASSERT(panels.rows() == order.size());
    RowPanels::Queries queries(k);
    std::vector<std::vector<float>> query(kGroup, std::vector<float>(k));
    for (std::size_t q = 0; q + 1 < kGroup; ++q) {  // the last is left as it is
      query[q] = random_floats(rng, k);
      queries.set(q, query[q]);
    }
    const auto products = all_products(panels, queries, *rc::gen::inRange<std::size_t>(1, 5));
    for (std::size_t q = 0; q < kGroup; ++q) {
      for (std::size_t n = 0; n < order.size(); ++n) {
        const float wanted = dot(std::span(matrix).subspan(order[n] * k, k), query[q]);
        RC_ASSERT(std::abs(products[q][n] - wanted) <= 1e-4F * static_cast<float>(k));
      }
      for (std::size_t n = order.size(); n < products[q].size(); ++n) {
        RC_ASSERT(products[q][n] == 0.0F);
      }
    }
  }));
}

TEST_P(RowPanelsOn, GivesTheSameBitsWhereverRowAndQueryStand) {
  constexpr std::size_t kRows = 151, kSize = 37;
  Rng rng(5);
  const auto row = random_floats(rng, kSize);
  const auto query = random_floats(rng, kSize);
  const std::vector<std::uint32_t> order(kRows);  // that row again and again
  RowPanels::Queries queries(kSize);
  for (std::size_t q = 0; q < kGroup; ++q) queries.set(q, query);
  const auto products = all_products(RowPanels(row, kSize, order), queries, 2);
  for (const auto& of_query : products) {
    for (std::size_t r = 0; r < kRows; ++r) ASSERT_EQ(of_query[r], products[0][0]) << r;
  }
}

}  // namespace
}  // namespace marquee::linalg
