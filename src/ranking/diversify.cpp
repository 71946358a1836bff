#include "ranking/diversify.h"

#include <algorithm>
#include <cmath>

namespace marquee::ranking {
namespace {

/// Unit vectors of all candidates in one block; zeros for a film without one.
class UnitVectors {
 public:
  UnitVectors(std::span<const Candidate> candidates, const FilmVector& vector_of) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::span<const float> vector = vector_of(candidates[i].movie);
      if (vector.empty()) continue;
      if (k_ == 0) {
        k_ = vector.size();
        values_.assign(candidates.size() * k_, 0.0F);
      }
      if (vector.size() == k_) put(i, vector);
    }
  }

  double cosine(std::size_t a, std::size_t b) const {
    float sum = 0;
    for (std::size_t d = 0; d < k_; ++d) sum += values_[a * k_ + d] * values_[b * k_ + d];
    return double{sum};
  }

 private:
  void put(std::size_t row, std::span<const float> vector) {
    double square = 0;
    for (const float value : vector) square += double{value} * double{value};
    if (!(square > 0) || !std::isfinite(square)) return;
    const double scale = 1.0 / std::sqrt(square);
    for (std::size_t d = 0; d < k_; ++d) {
      values_[row * k_ + d] = static_cast<float>(double{vector[d]} * scale);
    }
  }

  std::size_t k_ = 0;
  std::vector<float> values_;
};

}  // namespace

std::vector<Candidate> diversify(std::span<const Candidate> candidates, std::size_t count,
                                 double diversity, const FilmVector& vector_of) {
  count = std::min(count, candidates.size());
  const double lambda = 1.0 - 0.5 * std::clamp(diversity, 0.0, 1.0);
  const UnitVectors vectors(candidates, vector_of);
  std::vector<double> likeness(candidates.size(), 0.0);  // to the most similar picked film
  std::vector<std::size_t> left(candidates.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  std::vector<Candidate> picked;
  picked.reserve(count);
  while (picked.size() < count) {
    const auto value = [&](std::size_t i) {
      return lambda * double{candidates[i].score} - (1.0 - lambda) * likeness[i];
    };
    const auto best = std::max_element(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
      return value(a) < value(b);
    });
    const std::size_t chosen = *best;
    left.erase(best);
    for (const std::size_t i : left) {
      const double cosine = vectors.cosine(i, chosen);
      likeness[i] = picked.empty() ? cosine : std::max(likeness[i], cosine);
    }
    picked.push_back(candidates[chosen]);
  }
  return picked;
}

}  // namespace marquee::ranking
