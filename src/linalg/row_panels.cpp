#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/row_panels.cpp"
#include "linalg/row_panels.h"

#include <cassert>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#include "linalg/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

static_assert(RowPanels::kPanelRows % kPadding == 0 && RowPanels::kQueries % kRowsOfTile == 0);

void panel_products(const float* panel, const float* queries, std::size_t k, float* out,
                    std::size_t out_stride) {
  const std::size_t vectors = RowPanels::kPanelRows / hn::Lanes(FloatTag());
  for (std::size_t query = 0; query < RowPanels::kQueries; query += kRowsOfTile) {
    update_tiles<Update::kReplace>({queries + query, RowPanels::kQueries},
                                   {panel, RowPanels::kPanelRows}, k, vectors,
                                   out + query * out_stride, out_stride);
  }
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(panel_products);

}  // namespace

void RowPanels::Queries::set(std::size_t place, std::span<const float> query) {
  assert(place < kQueries && query.size() * kQueries == numbers_.size());
  for (std::size_t i = 0; i < query.size(); ++i) numbers_[i * kQueries + place] = query[i];
}

RowPanels::RowPanels(std::span<const float> matrix, std::size_t k,
                     std::span<const std::uint32_t> order)
    : rows_(order.size()), k_(k), numbers_(panels() * kPanelRows * k) {
  for (std::size_t place = 0; place < rows_; ++place) {
    float* column = &numbers_[place / kPanelRows * kPanelRows * k + place % kPanelRows];
    const float* row = &matrix[order[place] * k];
    for (std::size_t i = 0; i < k; ++i) column[i * kPanelRows] = row[i];
  }
}

void RowPanels::products(std::size_t first, std::size_t count, const Queries& queries,
                         float* out) const {
  assert(first + count <= panels());
  for (std::size_t n = 0; n < count; ++n) {
    HWY_DYNAMIC_DISPATCH(panel_products)
    (&numbers_[(first + n) * kPanelRows * k_], queries.numbers_.data(), k_, out + n * kPanelRows,
     count * kPanelRows);
  }
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
