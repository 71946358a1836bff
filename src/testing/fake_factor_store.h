#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "ports/factor_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A FactorStore in a map. Thread-safe.
class FakeFactorStore final : public FactorStore, public FailureInjection {
 public:
  using Vectors = std::map<MovieId, std::vector<float>>;

  Result<void> write(const ModelVersion& generation, std::size_t dimensions, const Factors& factors,
                     IfPresent if_present) override {
    MARQUEE_CHECK(before_write());
    const Error refused{ErrorCode::kInvalidArgument, "generation '" + generation.value() + "'"};
    if (!is_valid_id(generation.value()) || dimensions < 1 || dimensions > kDimensionsMax) {
      return refused;
    }
    const std::lock_guard lock(mutex_);
    if (if_present == IfPresent::kKeep && generations_.contains(generation)) return {};
    Vectors vectors;
    for (;;) {
      MARQUEE_TRY(auto next, factors());
      if (!next) break;
      const auto& vector = next->second;
      const bool is_finite =
          std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); });
      if (vector.size() != dimensions || !is_finite) return refused;
      if (!vectors.insert(std::move(*next)).second) return refused;
    }
    generations_[generation] = {dimensions, std::move(vectors)};
    ++writes_;
    return {};
  }

  Result<void> drop(const ModelVersion& generation) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    generations_.erase(generation);
    return {};
  }

  Result<std::vector<FactorGeneration>> generations() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<FactorGeneration> present;
    for (const auto& [generation, held] : generations_) {
      present.push_back({generation, held.first, held.second.size()});
    }
    return present;
  }

  /// Empty for a generation that is not there.
  Vectors vectors(const ModelVersion& generation) const {
    const std::lock_guard lock(mutex_);
    const auto held = generations_.find(generation);
    return held == generations_.end() ? Vectors{} : held->second.second;
  }
  /// How many writes stored something.
  int writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<ModelVersion, std::pair<std::size_t, Vectors>> generations_;
  int writes_ = 0;
};

}  // namespace marquee::testing
