#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

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
/// the share is met exactly and the lower tiers have their turns one after the other. Threads: any.
class TierShare {
 public:
  /// `share`: of the requests, 0 to 1.
  TierShare(double share, telemetry::Metrics& metrics);

  /// For the next request.
  Tiers next();

 private:
  static constexpr std::size_t kLower = 4;

  const double share_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::array<telemetry::Counter*, kLower> taken_{};
};

}  // namespace marquee::serving
