#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::linalg {

/// The instruction sets that this program has kernels for and this CPU can run, best first, by
/// Highway's names ("AVX3", "AVX2", "SSE4").
std::vector<std::string> simd_targets();

/// The one the kernels use now.
std::string simd_target();

/// Makes every kernel of the process use `name`, or the best again when it is empty: for tests and
/// benchmarks, not while kernels run. kInvalidArgument for a name that is not in simd_targets().
Result<void> use_simd_target(std::string_view name);

}  // namespace marquee::linalg
