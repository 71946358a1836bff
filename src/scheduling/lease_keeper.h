#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ports/run_store.h"

namespace marquee::scheduling {

/// One scheduler's side of the lease: takes it when it is free, renews it three times in its life,
/// and believes in it no longer than that life, so that a holder that cannot reach the store stops
/// by itself. One thread.
class LeaseKeeper {
 public:
  /// `holder` names this process among others: two must not share it.
  LeaseKeeper(RunStore& store, const Clock& clock, std::string holder,
              std::chrono::milliseconds ttl)
      : store_(store), clock_(clock), holder_(std::move(holder)), ttl_(ttl) {}

  /// The fencing token to write with; none while another holds the lease. An error of the store
  /// while the lease is not ours, or when it has run out meanwhile.
  Result<std::optional<std::uint64_t>> hold();
  /// What hold() said last.
  std::optional<std::uint64_t> token() const { return token_; }
  /// The store has refused the token: it is gone.
  void forget() { token_.reset(); }
  /// Frees the lease for the next one.
  void release();

 private:
  Result<void> take();
  void keep(const Lease& lease);

  RunStore& store_;
  const Clock& clock_;
  const std::string holder_;
  const std::chrono::milliseconds ttl_;
  std::optional<std::uint64_t> token_;
  std::chrono::steady_clock::time_point renew_at_;
  std::chrono::steady_clock::time_point expires_at_;
};

}  // namespace marquee::scheduling
