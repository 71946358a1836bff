#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace marquee::linalg {

/// Σ a[i]·b[i]. The spans have the same length. Pure, thread-safe.
float dot(std::span<const float> a, std::span<const float> b);

/// y += alpha·x. The spans have the same length and do not overlap.
void axpy(float alpha, std::span<const float> x, std::span<float> y);

/// out[r] = row r of `matrix` · query: one sweep over all rows. `matrix` is row-major with rows of
/// query.size() floats; matrix.size() == out.size()·query.size(). Thread-safe. Each element is
/// exactly dot(row, query).
void scores(std::span<const float> matrix, std::span<const float> query, std::span<float> out);

/// The same for some rows: out[n] = row rows[n] of `matrix` · query. The next rows are fetched
/// while one is multiplied, for they lie anywhere. out.size() == rows.size().
void scores_of_rows(std::span<const float> matrix, std::span<const std::uint32_t> rows,
                    std::span<const float> query, std::span<float> out);

}  // namespace marquee::linalg
