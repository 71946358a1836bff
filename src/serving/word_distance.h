#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace marquee::serving {

/// How far a typed word is from others, in typing slips: one byte put in, left out, taken for
/// another, or two neighbours swapped (the optimal string alignment distance). Bit-parallel, a few
/// operations a byte: H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
/// distances", Nordic Journal of Computing 10 (2003). Immutable.
class WordDistance {
 public:
  static constexpr std::size_t kBytesMax = 64;

  /// `typed` has 1 to kBytesMax bytes.
  explicit WordDistance(std::string_view typed);

  struct Slips {
    std::size_t whole = 0;      ///< to the word
    std::size_t beginning = 0;  ///< to the nearest beginning of the word, the empty one included
  };
  Slips to(std::string_view word) const;

 private:
  std::array<std::uint64_t, 256> places_{};  ///< by byte: where it stands in the typed word
  std::size_t length_;
};

}  // namespace marquee::serving
