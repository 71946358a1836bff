#include "gateway/request_id.h"

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace marquee::gateway {

void RequestId::make(std::uint64_t connection, std::uint64_t number) {
  constexpr std::string_view kHex = "0123456789abcdef";
  size_ = 0;
  for (const std::uint64_t half : {0, 1}) {
    // Under the process's key: nobody can tell one id from another, and no two processes agree.
    const std::array<std::uint64_t, 3> seed{connection, number, half};
    const std::uint64_t bits = keyed_hash(std::as_bytes(std::span(seed)));
    for (int shift = 60; shift >= 0; shift -= 4) text_[size_++] = kHex[(bits >> shift) & 0xF];
  }
}

bool RequestId::take(std::string_view text) {
  constexpr std::size_t kLeast = 8;
  if (text.size() < kLeast || text.size() > text_.size()) return false;
  const bool harmless = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (!harmless) return false;
  std::copy(text.begin(), text.end(), text_.begin());
  size_ = text.size();
  return true;
}

}  // namespace marquee::gateway
