#include "gateway/client_address.h"

#include <algorithm>
#include <string_view>

namespace marquee::gateway {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The last entry of a comma-separated list, taken off it.
std::string_view take_last(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const std::string_view last = list.substr(comma == std::string_view::npos ? 0 : comma + 1);
  list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  return trimmed(last);
}

}  // namespace

IpAddress client_address(const IpAddress& peer, HeaderFields headers,
                         const std::vector<Network>& proxies) {
  IpAddress client = peer;
  if (proxies.empty() || !contains(proxies, peer)) return client;
  // Several fields of one name are one list (RFC 9110 §5.3): the last of them is its right end.
  for (auto field = headers.rbegin(); field != headers.rend(); ++field) {
    if (field->first != kForwardedFor) continue;
    std::string_view list = field->second;
    while (!list.empty()) {
      const auto before = parse_ip_address(take_last(list));
      if (!before) return client;
      client = *before;
      if (!contains(proxies, client)) return client;
    }
  }
  return client;
}

bool says_forwarded(HeaderFields headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& field) {
    return field.first == kForwardedFor || field.first == "forwarded" ||
           field.first == "x-real-ip" || field.first == "via";
  });
}

}  // namespace marquee::gateway
