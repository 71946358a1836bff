#pragma once

#include <map>
#include <mutex>

#include "ports/object_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// An ObjectStore in a map. Thread-safe.
class FakeObjectStore final : public ObjectStore, public FailureInjection {
 public:
  Result<void> put(std::string_view key, std::span<const std::byte> bytes) override {
    MARQUEE_CHECK(check_object_key(key));
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    objects_[std::string(key)].assign(bytes.begin(), bytes.end());
    return {};
  }

  Result<std::vector<std::byte>> get(std::string_view key) const override {
    MARQUEE_CHECK(check_object_key(key));
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) {
      return Error{ErrorCode::kNotFound, "there is no object '" + std::string(key) + "'"};
    }
    return found->second;
  }

  Result<std::vector<std::string>> list(std::string_view prefix) const override {
    MARQUEE_CHECK(check_object_prefix(prefix));
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<std::string> keys;
    for (const auto& [key, bytes] : objects_) {
      if (key.starts_with(prefix)) keys.push_back(key);
    }
    return keys;
  }

  Result<void> remove(std::string_view key) override {
    MARQUEE_CHECK(check_object_key(key));
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    objects_.erase(std::string(key));
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::byte>, std::less<>> objects_;
};

}  // namespace marquee::testing
