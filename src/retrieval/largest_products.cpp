#include "retrieval/largest_products.h"

#include <algorithm>
#include <memory>

#include "linalg/score_bound.h"
#include "linalg/vector_ops.h"

namespace marquee::retrieval {

std::vector<linalg::Scored> largest_products(const linalg::QuantizedMatrix& quantized,
                                             std::span<const float> matrix,
                                             std::span<const float> query, std::size_t count,
                                             float least,
                                             const std::function<bool(std::uint32_t)>& accept) {
  std::vector<linalg::Scored> found;
  const std::size_t rows = quantized.rows();
  count = std::min(count, rows);
  if (count == 0) return found;
  const auto low = std::make_unique_for_overwrite<float[]>(rows);
  const auto high = std::make_unique_for_overwrite<float[]>(rows);
  const std::span<float> lows(low.get(), rows);
  const std::span<float> highs(high.get(), rows);
  quantized.bounds(query, lows, highs);
  std::vector<float> products;
  // What is let through is known only by asking: first the best twice as many as wanted, which is
  // nearly always enough, then four times as many.
  for (std::size_t wanted = 2 * count;; wanted *= 4) {
    // At least `wanted` products reach this, and all that do are among those looked at.
    const float bound = std::max(least, linalg::score_bound(lows, wanted));
    auto looked_at = linalg::indices_at_least(highs, bound);
    if (accept) std::erase_if(looked_at, [&](std::uint32_t row) { return !accept(row); });
    products.resize(looked_at.size());
    linalg::scores_of_rows(matrix, looked_at, query, products);
    found.clear();
    found.reserve(looked_at.size());
    for (std::size_t n = 0; n < looked_at.size(); ++n) {
      if (products[n] >= bound) found.push_back({looked_at[n], products[n]});
    }
    if (found.size() >= count || wanted >= rows || bound <= least) return found;
  }
}

}  // namespace marquee::retrieval
