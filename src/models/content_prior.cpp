#include "models/content_prior.h"

#include <algorithm>
#include <cmath>

#include "linalg/vector_ops.h"

namespace marquee::models {
namespace {

constexpr double kNothing = 1e-9;  // a sum of directions this short has cancelled out

double length_of(std::span<const float> vector) {
  return std::sqrt(double{linalg::dot(vector, vector)});
}

}  // namespace

void ContentPrior::add(std::span<const std::string> features, std::span<const float> vector) {
  const double length = length_of(vector);
  if (length == 0) return;
  ++items_;
  for (std::size_t d = 0; d < k_; ++d) sum_[d] += double{vector[d]} / length;
  for (const std::string& name : features) {
    Feature& feature = features_[name];
    if (feature.count++ == 0) feature.sum.assign(k_, 0);
    for (std::size_t d = 0; d < k_; ++d) feature.sum[d] += double{vector[d]} / length;
  }
}

std::vector<float> ContentPrior::direction_of(std::span<const std::string> features) const {
  std::vector<double> sum(k_, 0);
  const auto items = static_cast<double>(items_);
  for (const std::string& name : features) {
    const auto found = features_.find(name);
    if (found == features_.end()) continue;
    const Feature& feature = found->second;
    const auto count = static_cast<double>(feature.count);
    const double weight = std::log1p(items / count) / (count + kShrink);
    for (std::size_t d = 0; d < k_; ++d) {
      sum[d] += weight * (feature.sum[d] - count * sum_[d] / items);
    }
  }
  double squares = 0;
  for (const double value : sum) squares += value * value;
  const double length = std::sqrt(squares);
  if (length < kNothing) return {};
  std::vector<float> direction(k_);
  std::transform(sum.begin(), sum.end(), direction.begin(),
                 [length](double value) { return static_cast<float>(value / length); });
  return direction;
}

}  // namespace marquee::models
