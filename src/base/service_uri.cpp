#include "base/service_uri.h"

#include <algorithm>
#include <charconv>

namespace marquee {
namespace {

constexpr std::string_view kHidden = "***";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Error malformed(std::string_view part, std::string_view what) {
  return Error{ErrorCode::kInvalidArgument,
               "a service's URI: " + std::string(part) + " " + std::string(what)};
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

Result<std::string> decode(std::string_view part, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte <= 0x20 || byte == 0x7F) {
      return malformed(part, "has a space or control character; percent-encode it");
    }
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return malformed(part, "has a '%' without two hex digits");
    if (high == 0 && low == 0) return malformed(part, "has a NUL");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string encode(std::string_view text, std::string_view also_plain) {
  std::string out;
  for (const char c : text) {
    constexpr std::string_view kUnreserved = "-._~";
    if (is_letter(c) || is_digit(c) || kUnreserved.find(c) != std::string_view::npos ||
        also_plain.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    constexpr const char* kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

/// What is in front of `mark`, which is taken off with it; all of `rest` when there is no mark.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + mark.size());
  return taken;
}

Result<void> parse_scheme(std::string_view text, ServiceUri& uri) {
  if (text.empty() || !is_letter(text.front())) return malformed("the scheme", "is missing");
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') {
      return malformed("the scheme", "has a character that schemes cannot have");
    }
    uri.scheme.push_back(lower(c));
  }
  return {};
}

Result<void> parse_port(std::string_view text, ServiceUri& uri) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    return malformed(
        "the port",
        "is not a number from 1 to 65535 (in a password, write / as %2F, ? as %3F, # as "
        "%23)");
  }
  uri.port = port;
  return {};
}

Result<void> parse_host(std::string_view text, ServiceUri& uri) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return malformed("the host", "has a '[' without its ']'");
    uri.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return malformed("the host", "goes on behind its ']'");
    const auto is_of_address = [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; };
    if (!std::all_of(uri.host.begin(), uri.host.end(), is_of_address) ||
        uri.host.find(':') == std::string::npos) {
      return malformed("the host", "has no IPv6 address between its brackets");
    }
    if (has_port) port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) {
      return malformed("the host", "has several colons; an IPv6 address stands in [brackets]");
    }
    MARQUEE_TRY(uri.host, decode("the host", text.substr(0, colon)));
  }
  if (uri.host.empty()) return malformed("the host", "is missing");
  if (has_port) return parse_port(port, uri);
  return {};
}

Result<void> parse_authority(std::string_view text, ServiceUri& uri) {
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    std::string_view user = text.substr(0, at);
    const bool has_password = user.find(':') != std::string_view::npos;
    MARQUEE_TRY(uri.user, decode("the user", take_until(user, ":")));
    if (has_password) {
      MARQUEE_TRY(uri.password, decode("the password", user));
    }
    text.remove_prefix(at + 1);
  }
  return parse_host(text, uri);
}

Result<void> parse_query(std::string_view text, ServiceUri& uri) {
  while (!text.empty()) {
    std::string_view value = take_until(text, "&");
    const bool has_value = value.find('=') != std::string_view::npos;
    MARQUEE_TRY(const std::string name, decode("a parameter's name", take_until(value, "=")));
    if (name.empty() || !has_value) return malformed("a parameter", "is not name=value");
    if (uri.parameter(name)) return malformed("the parameter '" + name + "'", "is given twice");
    MARQUEE_TRY(std::string decoded, decode("the parameter '" + name + "'", value));
    uri.query.emplace_back(name, std::move(decoded));
  }
  return {};
}

bool is_secret(std::string_view name) {
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(), lower);
  const auto speaks_of = [&](const char* word) { return small.find(word) != std::string::npos; };
  return speaks_of("password") || speaks_of("secret") || speaks_of("token");
}

/// The value may be a URI itself, with a password in it.
std::string shown_value(std::string_view name, const std::string& value) {
  if (is_secret(name)) return std::string(kHidden);
  if (value.find("://") == std::string::npos || value.find('@') == std::string::npos) return value;
  const auto inner = ServiceUri::parse(value);
  return inner.ok() ? inner->to_string() : std::string(kHidden);
}

}  // namespace

Result<ServiceUri> ServiceUri::parse(std::string_view text) {
  ServiceUri uri;
  if (text.find("://") == std::string_view::npos) {
    return malformed("the scheme", "is missing: it looks like scheme://host:port/path");
  }
  MARQUEE_CHECK(parse_scheme(take_until(text, "://"), uri));
  if (text.find('#') != std::string_view::npos) {
    return malformed("a fragment", "has no meaning here; write # as %23");
  }
  std::string_view front = take_until(text, "?");
  const std::string_view query = text;
  MARQUEE_CHECK(parse_authority(take_until(front, "/"), uri));
  MARQUEE_TRY(uri.path, decode("the path", front));
  MARQUEE_CHECK(parse_query(query, uri));
  return uri;
}

std::optional<std::string_view> ServiceUri::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<void> ServiceUri::check_parameters(const std::vector<std::string_view>& known) const {
  for (const auto& [name, value] : query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string_view other : known)
      names += (names.empty() ? "" : ", ") + std::string(other);
    return malformed("the parameter '" + name + "'",
                     "is unknown to " + scheme +
                         (names.empty() ? ", which has none" : ", which knows " + names));
  }
  return {};
}

std::string ServiceUri::to_string() const {
  std::string out = scheme + "://" + encode(user, "");
  if (password) out += ":" + std::string(kHidden);
  if (password || !user.empty()) out += "@";
  out += host.find(':') == std::string::npos ? encode(host, "") : "[" + host + "]";
  if (port) out += ":" + std::to_string(*port);
  if (!path.empty()) out += "/" + encode(path, "/:@,");
  char mark = '?';
  for (const auto& [name, value] : query) {
    out += std::exchange(mark, '&') + encode(name, "") + "=";
    out += encode(shown_value(name, value), "/:@,*");
  }
  return out;
}

}  // namespace marquee
