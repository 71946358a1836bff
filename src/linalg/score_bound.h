#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace marquee::linalg {

/// A bound that at least `count` of `scores` reach (all but NaN when there are fewer), and few
/// more: the lowest edge of a histogram of 256 bins over the range. Two passes without a branch
/// that depends on a score, where a heap pays a misprediction for every insertion; what is not
/// finite costs precision, never correctness. -infinity for a count of 0 or no scores.
float score_bound(std::span<const float> scores, std::size_t count);

/// The largest of all that are numbers; -infinity when there is none.
float largest(std::span<const float> scores);

/// The indices of the scores that are at least `bound`, ascending.
std::vector<std::uint32_t> indices_at_least(std::span<const float> scores, float bound);

}  // namespace marquee::linalg
