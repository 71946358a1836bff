#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "ports/api_key_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// An ApiKeyStore in a map. Thread-safe.
class FakeApiKeyStore final : public ApiKeyStore, public FailureInjection {
 public:
  Result<void> add(const ApiKey& key) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    return add_locked(key);
  }

  Result<void> replace(const std::string& id, std::int64_t until_ms, const ApiKey& by) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return no_such_key(id);
    if (found->second.revoked_at_ms) return Error{ErrorCode::kFailedPrecondition, "is revoked"};
    MARQUEE_CHECK(add_locked(by));
    auto& end = found->second.expires_at_ms;
    end = std::min(end.value_or(until_ms), until_ms);
    return {};
  }

  Result<void> revoke(const std::string& id, std::int64_t at_ms) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return no_such_key(id);
    if (found->second.revoked_at_ms) return {};
    found->second.revoked_at_ms = at_ms;
    ++revision_;
    return {};
  }

  Result<void> note_uses(std::span<const ApiKeyUse> uses) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    for (const ApiKeyUse& use : uses) {
      const auto found = keys_.find(use.id);
      if (found == keys_.end()) continue;
      auto& last = found->second.last_used_at_ms;
      last = std::max(last.value_or(use.at_ms), use.at_ms);
    }
    return {};
  }

  Result<std::vector<ApiKey>> list() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<ApiKey> keys;
    for (const auto& [id, key] : keys_) keys.push_back(key);
    std::ranges::sort(keys, [](const ApiKey& a, const ApiKey& b) {
      return std::tie(a.created_at_ms, a.id) < std::tie(b.created_at_ms, b.id);
    });
    return keys;
  }

  Result<std::uint64_t> revision() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    return revision_;
  }

 private:
  Result<void> add_locked(const ApiKey& key) {
    if (!keys_.emplace(key.id, key).second) {
      return Error{ErrorCode::kConflict, "there is a key '" + key.id + "'"};
    }
    ++revision_;
    return {};
  }

  mutable std::mutex mutex_;
  std::map<std::string, ApiKey> keys_;
  std::uint64_t revision_ = 0;
};

}  // namespace marquee::testing
