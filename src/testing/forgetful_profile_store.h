#pragma once

#include <atomic>

#include "testing/forwarding_profile_store.h"

namespace marquee::testing {

/// Can store a step and lose the answer. Thread-safe as the store behind it.
class ForgetfulProfileStore final : public ForwardingProfileStore {
 public:
  using ForwardingProfileStore::ForwardingProfileStore;
  std::atomic<int> answers_to_lose = 0;

  Result<void> apply(const FoldBatch& batch) override {
    Result<void> stored = ForwardingProfileStore::apply(batch);
    if (!stored.ok() || answers_to_lose-- <= 0) return stored;
    return Error{ErrorCode::kUnavailable, "the store's answer was lost"};
  }
};

}  // namespace marquee::testing
