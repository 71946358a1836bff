#include "ranking/signals.h"

#include <algorithm>
#include <cmath>

namespace marquee::ranking {

double signal_scale(std::span<const float> scores) {
  double largest = 0;
  for (const float score : scores) {
    if (std::isfinite(score)) largest = std::max(largest, std::abs(double{score}));
  }
  return largest > 0 ? largest : 1.0;
}

std::vector<float> weighted_sum(std::span<const Signal> signals) {
  std::vector<float> sums;
  for (const Signal& signal : signals) {
    sums.resize(std::max(sums.size(), signal.scores.size()), 0.0F);
    const double unit = signal.weight / signal_scale(signal.scores);
    for (std::size_t i = 0; i < signal.scores.size(); ++i) {
      if (!std::isfinite(signal.scores[i])) continue;
      sums[i] += static_cast<float>(unit * double{signal.scores[i]});
    }
  }
  return sums;
}

}  // namespace marquee::ranking
