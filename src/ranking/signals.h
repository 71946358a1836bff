#pragma once

#include <span>
#include <vector>

namespace marquee::ranking {

/// One voice among several on the same candidates.
struct Signal {
  std::span<const float> scores;  ///< one a candidate, in the order all signals share
  double weight = 1.0;
};

/// What a signal's scores are divided by, so that signals of different units can be added: the
/// largest |score|; 1 when all are 0. Keeps 0 ("says nothing") where it is and leaves the order
/// alone; non-finite scores are passed over.
double signal_scale(std::span<const float> scores);

/// For each candidate Σ weight · score / signal_scale(scores). All spans are equally long; a
/// non-finite score says nothing.
std::vector<float> weighted_sum(std::span<const Signal> signals);

}  // namespace marquee::ranking
