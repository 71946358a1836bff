#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "linalg/top_k.h"

namespace marquee::linalg {

/// Which rows a query leaves out: ascending, without repeats. Called from several threads at once;
/// what it names stays until the query's rows are taken.
using LeftOut = std::function<std::span<const std::uint32_t>(std::size_t query)>;
/// Called once for each query, from several threads at once.
using TakeBest = std::function<void(std::size_t query, std::vector<Scored> best)>;

/// For each of many queries the at most `count` rows of `matrix` of largest product with it but
/// those it leaves out, best first, ties by smaller row: maximum inner product search, exact, for
/// all at once. `matrix` and `queries` are row-major with rows of k >= 1 floats.
///
/// The longest rows are tried first, and a query ends at the row whose length alone keeps it and
/// all behind it from the best (Teflioudi, Gemulla and Mykytiuk, SIGMOD 2015): of an ALS model,
/// whose rarely met films are short, after a fifth of them. A query's rows and products do not
/// depend on the others nor on `workers`. Products that are NaN or -infinity are left
/// out.
void best_products(std::span<const float> matrix, std::span<const float> queries, std::size_t k,
                   std::size_t count, std::size_t workers, const LeftOut& left_out,
                   const TakeBest& take);

}  // namespace marquee::linalg
