#pragma once

#include <cstddef>
#include <string_view>

namespace marquee::http {

/// Walks over the raw bytes of a request head as they arrive, before anything interprets them, and
/// refuses what servers read in different ways and what request smuggling is made of (RFC 9112
/// §2.2, §5.2): a bare CR or LF, NUL, a folded header line. Line breaks inside the head are CRLF or
/// it is refused.
class HeaderScan {
 public:
  enum class State { kMore, kComplete, kRefused };

  /// `head`: everything received of this request so far; each call sees a longer one.
  State advance(std::string_view head);
  /// One past the last complete line: past the empty one when kComplete.
  std::size_t size() const { return at_; }
  /// Whether the request line has ended.
  bool has_request_line() const { return lines_ > 0; }
  /// Header lines so far.
  std::size_t fields() const { return lines_ > 0 ? lines_ - 1 : 0; }
  /// Why it was refused.
  std::string_view reason() const { return reason_; }

 private:
  State refuse(std::string_view reason) {
    reason_ = reason;
    return State::kRefused;
  }

  std::size_t at_ = 0;     // start of the first line that is not complete
  std::size_t lines_ = 0;  // complete ones
  std::string_view reason_;
};

}  // namespace marquee::http
