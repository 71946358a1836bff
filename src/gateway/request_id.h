#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace marquee::gateway {

/// The name of a request in logs and answers: the client's X-Request-ID when it is 8 to 64 letters,
/// digits, '-' or '_', which is harmless in a log; else 32 hex digits of our own. Not thread-safe.
class RequestId {
 public:
  /// What has the same `connection` and `number` in one process has the same id.
  void make(std::uint64_t connection, std::uint64_t number);
  /// False, with nothing changed, when `text` may be no id.
  bool take(std::string_view text);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_{};
  std::size_t size_ = 0;
};

}  // namespace marquee::gateway
