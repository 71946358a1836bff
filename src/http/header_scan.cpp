#include "http/header_scan.h"

namespace marquee::http {
namespace {

/// Why `line`, without its line break, must not be interpreted; empty when it may.
std::string_view objection(std::string_view line) {
  if (line.find('\r') != std::string_view::npos) return "a CR is not followed by LF";
  if (line.find('\0') != std::string_view::npos) return "the head holds a NUL";
  return {};
}

}  // namespace

HeaderScan::State HeaderScan::advance(std::string_view head) {
  for (;;) {
    const std::string_view rest = head.substr(at_);
    if (lines_ > 0 && (rest.starts_with(' ') || rest.starts_with('\t'))) {
      return refuse("a header line is folded");
    }
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      // All but the last byte, which may be the CR whose LF is still under way.
      const std::string_view why = objection(rest.substr(0, rest.empty() ? 0 : rest.size() - 1));
      return why.empty() ? State::kMore : refuse(why);
    }
    if (end == 0 || rest[end - 1] != '\r') return refuse("a line ends with LF instead of CRLF");
    const std::string_view line = rest.substr(0, end - 1);
    if (const std::string_view why = objection(line); !why.empty()) return refuse(why);
    at_ += end + 1;
    if (line.empty()) {
      return lines_ == 0 ? refuse("the request line is empty") : State::kComplete;
    }
    ++lines_;
  }
}

}  // namespace marquee::http
