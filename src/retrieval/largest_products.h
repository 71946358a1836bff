#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "linalg/quantized_matrix.h"
#include "linalg/top_k.h"

namespace marquee::retrieval {

/// Of the rows that `accept` lets through (all when it is empty) and whose product with `query` is
/// at least `least`: the `count` of largest product, and maybe some of the next, in no particular
/// order. The products are exactly linalg::dot(row, query). `matrix` is row-major with rows of
/// query.size() floats, `quantized` is made of it: one sweep over that, then exact products of
/// those that may be among the best (maximum inner product search). Thread-safe where `accept` is.
std::vector<linalg::Scored> largest_products(const linalg::QuantizedMatrix& quantized,
                                             std::span<const float> matrix,
                                             std::span<const float> query, std::size_t count,
                                             float least,
                                             const std::function<bool(std::uint32_t)>& accept);

}  // namespace marquee::retrieval
