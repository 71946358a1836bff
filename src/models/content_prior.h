#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"

namespace marquee::models {

/// The direction that an item which nobody has met yet would have, from what describes it: the
/// average of its features' directions, each the average of the items that share the feature.
///
///     d_f = Σ_{i ∋ f} (ŷ_i − μ) / (n_f + kShrink)        ŷ_i = y_i / ‖y_i‖, μ their mean
///     v   = Σ_f log(1 + N / n_f) · d_f, scaled to length 1
///
/// μ is what all items have in common, which says nothing of taste; the logarithm (inverse document
/// frequency) lets a rare feature, such as a word that only one series has in its titles, speak
/// louder than "Drama"; kShrink keeps a feature met once from being certain. Length says how often
/// an item is met, which of a new one nobody knows: v has none. Not thread-safe while adding.
class ContentPrior {
 public:
  static constexpr double kShrink = 2;

  explicit ContentPrior(std::size_t k) : k_(k), sum_(k, 0) {}

  /// An item of the model: its features, each once, and its vector of k numbers. A zero vector says
  /// nothing and is left out.
  void add(std::span<const std::string> features, std::span<const float> vector);

  /// Of length 1; empty when no item shares a feature, or all that do cancel out.
  std::vector<float> direction_of(std::span<const std::string> features) const;

 private:
  struct Feature {
    std::size_t count = 0;
    std::vector<double> sum;  ///< of ŷ
  };

  std::size_t k_;
  std::size_t items_ = 0;
  std::vector<double> sum_;  ///< of ŷ over all items
  std::unordered_map<std::string, Feature, KeyedStringHash> features_;
};

}  // namespace marquee::models
