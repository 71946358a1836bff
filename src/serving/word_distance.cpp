#include "serving/word_distance.h"

#include <algorithm>
#include <cassert>

namespace marquee::serving {

WordDistance::WordDistance(std::string_view typed) : length_(typed.size()) {
  assert(!typed.empty() && typed.size() <= kBytesMax);
  for (std::size_t i = 0; i < typed.size(); ++i) {
    places_[static_cast<unsigned char>(typed[i])] |= std::uint64_t{1} << i;
  }
}

// Column by column of the dynamic programme, one bit a row: `rises` and `falls` say where a cell is
// one more or one less than the cell above it. Names in brackets are the paper's.
WordDistance::Slips WordDistance::to(std::string_view word) const {
  const std::uint64_t last_row = std::uint64_t{1} << (length_ - 1);
  std::uint64_t rises = ~std::uint64_t{0};  // VP
  std::uint64_t falls = 0;                  // VN
  std::uint64_t diagonal_same = 0;          // D0
  std::uint64_t places_before = 0;          // PM of the byte before
  Slips slips{length_, length_};
  for (const char byte : word) {
    const std::uint64_t places = places_[static_cast<unsigned char>(byte)];
    const std::uint64_t swapped = ((~diagonal_same & places) << 1U) & places_before;
    diagonal_same = (((places & rises) + rises) ^ rises) | places | falls | swapped;
    std::uint64_t right_more = falls | ~(diagonal_same | rises);  // HP
    std::uint64_t right_less = diagonal_same & rises;             // HN
    if ((right_more & last_row) != 0) ++slips.whole;
    if ((right_less & last_row) != 0) --slips.whole;
    slips.beginning = std::min(slips.beginning, slips.whole);
    right_more = (right_more << 1U) | 1U;
    right_less <<= 1U;
    rises = right_less | ~(diagonal_same | right_more);
    falls = right_more & diagonal_same;
    places_before = places;
  }
  return slips;
}

}  // namespace marquee::serving
