#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace marquee::evaluation {

// Both take one list, best first, without repetition, and the items held out, ascending and not
// empty. Definitions as in Liang et al. 2018 (Mult-VAE) and Rendle et al. 2022.

/// |top k of `ranked` ∩ targets| / min(k, |targets|); k >= 1.
double recall_at_k(std::span<const std::uint32_t> ranked, std::span<const std::uint32_t> targets,
                   std::size_t k);

/// Σ 1/log2(rank + 1) over hits in the top k, divided by that of a perfect list, Σ over the first
/// min(k, |targets|) ranks; k >= 1.
double ndcg_at_k(std::span<const std::uint32_t> ranked, std::span<const std::uint32_t> targets,
                 std::size_t k);

}  // namespace marquee::evaluation
