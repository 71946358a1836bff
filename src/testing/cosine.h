#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace marquee::testing {

/// a·b / (‖a‖‖b‖), slow and obvious, in double; 0 when either is zero. Both of the same length.
inline double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    ab += double{a[d]} * double{b[d]};
    aa += double{a[d]} * double{a[d]};
    bb += double{b[d]} * double{b[d]};
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace marquee::testing
