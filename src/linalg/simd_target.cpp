#include "linalg/simd_target.h"

#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hwy/highway.h>

namespace marquee::linalg {
namespace {

std::vector<std::int64_t> all_targets() {
  static const std::vector<std::int64_t> kTargets = hwy::SupportedAndGeneratedTargets();
  return kTargets;  // asked once, before a test narrows what Highway calls supported
}

void select(std::int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (const std::int64_t target : all_targets()) names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string simd_target() {
  all_targets();
  return hwy::TargetName(hwy::SupportedAndGeneratedTargets().front());
}

Result<void> use_simd_target(std::string_view name) {
  const std::vector<std::int64_t> targets = all_targets();
  if (name.empty()) {
    select(0);
    return {};
  }
  for (const std::int64_t target : targets) {
    if (name == hwy::TargetName(target)) {
      select(target);
      return {};
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("SIMD target '{}' is not available here: choose one of {}", name,
                           fmt::join(simd_targets(), ", "))};
}

}  // namespace marquee::linalg
