#include "serving/tier_share.h"

#include <utility>

namespace marquee::serving {
namespace {

constexpr std::array<std::pair<Tiers, const char*>, 4> kLowerTiers{{{Tiers::kPastCache, "computed"},
                                                                    {Tiers::kBatch, "batch"},
                                                                    {Tiers::kRealtime, "realtime"},
                                                                    {Tiers::kPopular, "popular"}}};

}  // namespace

TierShare::TierShare(double share, telemetry::Metrics& metrics) : share_(share) {
  for (std::size_t i = 0; i < kLower; ++i) {
    taken_[i] =
        &metrics.counter("marquee_tier_share_total",
                         "Lists that a lower tier answered on purpose, so that it is in use",
                         {{"tier", kLowerTiers[i].second}});
  }
}

Tiers TierShare::next() {
  if (share_ <= 0) return Tiers::kAll;
  const auto before = static_cast<double>(requests_.fetch_add(1, std::memory_order_relaxed));
  const auto had = static_cast<std::uint64_t>(before * share_);
  const auto has = static_cast<std::uint64_t>((before + 1) * share_);
  if (has == had) return Tiers::kAll;
  const std::size_t turn = had % kLower;
  taken_[turn]->add();
  return kLowerTiers[turn].first;
}

}  // namespace marquee::serving
