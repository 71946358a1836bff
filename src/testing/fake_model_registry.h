#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "ports/model_registry.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A ModelRegistry in a map. Thread-safe.
class FakeModelRegistry final : public ModelRegistry, public FailureInjection {
 public:
  Result<void> add(const ModelRecord& model) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    ModelRecord& record = models_[model.version];
    const auto promoted_at_ms = model.promoted_at_ms ? model.promoted_at_ms : record.promoted_at_ms;
    record = model;
    record.promoted_at_ms = promoted_at_ms;
    return {};
  }

  Result<std::vector<ModelRecord>> list() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<ModelRecord> models;
    for (const auto& [version, model] : models_) models.push_back(model);
    std::sort(models.begin(), models.end(), [](const ModelRecord& a, const ModelRecord& b) {
      return std::tie(b.created_at_ms, b.version) < std::tie(a.created_at_ms, a.version);
    });
    return models;
  }

  Result<std::optional<ModelVersion>> current() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    return current_;
  }

  Result<std::optional<ModelVersion>> previous() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    return previous_;
  }

  Result<void> promote(const ModelVersion& version, std::int64_t now_ms) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    const auto found = models_.find(version);
    if (found == models_.end()) {
      return Error{ErrorCode::kNotFound, "there is no model '" + version.value() + "'"};
    }
    if (current_ == version) return {};
    previous_ = std::exchange(current_, version);
    found->second.promoted_at_ms = now_ms;
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<ModelVersion, ModelRecord> models_;
  std::optional<ModelVersion> current_;
  std::optional<ModelVersion> previous_;
};

}  // namespace marquee::testing
