#pragma once

#include <functional>
#include <utility>

#include "testing/fake_profile_store.h"
#include "testing/forwarding_profile_store.h"

namespace marquee::sim {

/// A ProfileStore that fails when told: reads, and writes before or after they were stored, for a
/// client of a database that does not answer cannot tell which. What it holds is in a
/// FakeProfileStore, which never fails. Single-threaded.
class UnreliableStore final : public testing::ForwardingProfileStore {
 public:
  UnreliableStore() : ForwardingProfileStore(real_) {}

  /// The next `count` reads fail.
  void fail_next_reads(std::size_t count) { failing_reads_ = count; }
  /// The next `count` steps are not stored and fail.
  void refuse_next(std::size_t count) { refusals_ = count; }
  /// The next step is stored, but its answer is lost.
  void lose_next_answer() { loses_answer_ = true; }
  /// Ends all trouble.
  void repair();
  /// Called whenever a step was stored and its answer is on the way; may be empty.
  void on_stored(std::function<void()> then) { then_ = std::move(then); }

  const testing::FakeProfileStore& real() const { return real_; }

  Result<void> apply(const FoldBatch& batch) override;

 private:
  Result<void> before_read() const override;

  testing::FakeProfileStore real_;
  mutable std::size_t failing_reads_ = 0;
  std::size_t refusals_ = 0;
  bool loses_answer_ = false;
  std::function<void()> then_;
};

}  // namespace marquee::sim
