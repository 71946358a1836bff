#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/ids.h"

namespace marquee {

/// The viewers as whom servers measure themselves (docs/decisions/0030): place 0 is that of a
/// server alone, the others those of processes that share a state, so that none moves another's
/// list.
inline constexpr std::uint32_t kCanaryPlaces = 256;

inline UserId canary_viewer(std::uint32_t place) {
  std::string id = std::string(kReservedPrefix) + "canary";
  if (place > 0) id += "-" + std::to_string(place);
  return UserId(std::move(id));
}

/// One of the places behind 0, the same each time for the same `process` (its host and directory).
inline std::uint32_t canary_place(std::string_view process) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a: the same in every build
  for (const char c : process) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  }
  return 1 + hash % (kCanaryPlaces - 1);
}

}  // namespace marquee
