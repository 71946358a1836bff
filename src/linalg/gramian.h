#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace marquee::linalg {

/// MᵀM of a row-major matrix of k floats a row: k × k, row-major, symmetric. Works on `workers`
/// threads; rows are summed in a fixed order, so the bits do not depend on their number.
std::vector<float> gramian(std::span<const float> matrix, std::size_t k, std::size_t workers = 1);

}  // namespace marquee::linalg
