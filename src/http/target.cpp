#include "http/target.h"

#include <algorithm>
#include <optional>

#include "base/json_writer.h"

namespace marquee::http {
namespace {

Error bad(std::string_view what) {
  return Error{ErrorCode::kInvalidArgument, "request target: " + std::string(what)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '%') {
      out += plus_is_space && c == '+' ? ' ' : c;
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("'%' is not followed by two hex digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.find('\0') != std::string::npos) return bad("it holds a NUL");
  if (!is_valid_utf8(out)) return bad("it is not UTF-8");
  return out;
}

/// A slash that is data would become a separator once decoded; a proxy in front may see it the
/// other way.
bool has_encoded_separator(std::string_view path) {
  for (std::size_t i = 0; i + 2 < path.size(); ++i) {
    if (path[i] != '%') continue;
    const std::string_view code = path.substr(i + 1, 2);
    if (code == "2F" || code == "2f" || code == "5C" || code == "5c") return true;
  }
  return false;
}

Result<void> parse_query(std::string_view text, Target& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    MARQUEE_TRY(std::string name, percent_decode(pair.substr(0, equals), true));
    MARQUEE_TRY(std::string value,
                percent_decode(pair.substr(std::min(equals + 1, pair.size())), true));
    out.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, end);
    if (target.authority.empty()) return bad("its authority is empty");
    text.remove_prefix(end);
    if (text.empty()) text = "/";
  }
  if (!text.starts_with('/')) return bad("it does not start with '/'");
  if (text.find('#') != std::string_view::npos) return bad("it holds a fragment");
  const std::size_t mark = std::min(text.find('?'), text.size());
  const std::string_view path = text.substr(0, mark);
  if (has_encoded_separator(path) || path.find('\\') != std::string_view::npos) {
    return bad("its path holds an encoded slash or a backslash");
  }
  MARQUEE_TRY(target.path, percent_decode(path, false));
  MARQUEE_CHECK(parse_query(text.substr(std::min(mark + 1, text.size())), target));
  return target;
}

}  // namespace marquee::http
