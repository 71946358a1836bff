#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "telemetry/metrics.h"

namespace marquee::serving {

/// Which tiers may answer a request.
enum class Tiers : std::uint8_t {
  kAll,
  kPastCache,  ///< L2 ⊕ L3, computed
  kBatch,      ///< L3 alone
  kRealtime,   ///< L2 alone
  kPopular,
};

/// Gives every tier a small share of the normal traffic, so that none is first tried in an outage:
/// fallbacks that rarely run do not work when they are needed. Decides by counting, so that
/// the share is met exactly and the lower tiers have their turns one after the other. What is in
/// use several times a second is in use: beyond `per_s_max` more would only cost, since a lower
/// tier's list is many times as dear as one that L1 has. Threads: any.
class TierShare {
 public:
  struct Options {
    double share = 0;       ///< of the requests, 0 to 1
    double per_s_max = 20;  ///< of all tiers together; evenly, not at once
  };
  /// `clock` must outlive it.
  TierShare(Options options, const Clock& clock, telemetry::Metrics& metrics);

  /// For the next request.
  Tiers next();

 private:
  using Ticks = std::chrono::steady_clock::duration;
  static constexpr std::size_t kLower = 4;

  bool is_due();

  const double share_;
  const Ticks interval_;
  const Clock& clock_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> turns_ = 0;
  std::atomic<Ticks::rep> next_at_ = std::numeric_limits<Ticks::rep>::min();
  std::array<telemetry::Counter*, kLower> taken_{};
};

}  // namespace marquee::serving
