#include "serving/tier_share.h"

#include <utility>

namespace marquee::serving {
namespace {

constexpr std::array<std::pair<Tiers, const char*>, 4> kLowerTiers{{{Tiers::kPastCache, "computed"},
                                                                    {Tiers::kBatch, "batch"},
                                                                    {Tiers::kRealtime, "realtime"},
                                                                    {Tiers::kPopular, "popular"}}};

}  // namespace

TierShare::TierShare(Options options, const Clock& clock, telemetry::Metrics& metrics)
    : share_(options.per_s_max > 0 ? options.share : 0),
      interval_(share_ > 0 ? std::chrono::duration_cast<Ticks>(
                                 std::chrono::duration<double>(1 / options.per_s_max))
                           : Ticks(0)),
      clock_(clock) {
  for (std::size_t i = 0; i < kLower; ++i) {
    taken_[i] =
        &metrics.counter("marquee_tier_share_total",
                         "Lists that a lower tier answered on purpose, so that it is in use",
                         {{"tier", kLowerTiers[i].second}});
  }
}

/// Of several who come at once one has the turn.
bool TierShare::is_due() {
  const auto now = clock_.steady().time_since_epoch();
  auto next_at = next_at_.load(std::memory_order_relaxed);
  return now.count() >= next_at &&
         next_at_.compare_exchange_strong(next_at, (now + interval_).count(),
                                          std::memory_order_relaxed);
}

Tiers TierShare::next() {
  if (share_ <= 0) return Tiers::kAll;
  const auto before = static_cast<double>(requests_.fetch_add(1, std::memory_order_relaxed));
  const auto had = static_cast<std::uint64_t>(before * share_);
  const auto has = static_cast<std::uint64_t>((before + 1) * share_);
  if (has == had || !is_due()) return Tiers::kAll;
  const std::size_t turn = turns_.fetch_add(1, std::memory_order_relaxed) % kLower;
  taken_[turn]->add();
  return kLowerTiers[turn].first;
}

}  // namespace marquee::serving
