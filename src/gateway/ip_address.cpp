#include "gateway/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

#include "gateway/text_list.h"

namespace marquee::gateway {
namespace {

constexpr std::array<std::uint8_t, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
/// Client keys of IPv4 addresses lie in a network that no host can have (ff00::/8 is multicast).
constexpr std::uint64_t kV4Keys = 0xFF00'0000'0000'0000;
constexpr std::uint64_t kKeyOfZero = 0xFF01'0000'0000'0000;

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Without brackets and port. Empty for what is neither.
std::string_view bare(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view rest = text.substr(end + 1);
    const bool fine = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    return fine ? text.substr(1, end - 1) : std::string_view();
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return text;
  }
  return is_port(text.substr(colon + 1)) ? text.substr(0, colon) : std::string_view();
}

Result<Network> parse_network(std::string_view text) {
  const auto wrong = [text] {
    return Error{ErrorCode::kInvalidArgument, "'" + std::string(text) +
                                                  "' is no address or network, want 192.0.2.7, "
                                                  "10.0.0.0/8 or 2001:db8::/32"};
  };
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return wrong();
  const int whole = address->is_v4() ? 32 : 128;
  int bits = whole;
  if (slash < text.size()) {
    const std::string_view number = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc{} || end != number.data() + number.size()) return wrong();
    if (bits < 0 || bits > whole) return wrong();
  }
  return Network{*address, 128 - whole + bits};
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes[12] == 127;
  return bytes[15] == 1 &&
         std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
}

std::uint64_t IpAddress::client_key() const {
  std::uint64_t key = 0;
  const bool v4 = is_v4();
  for (std::size_t i = v4 ? 12 : 0; i < (v4 ? 16U : 8U); ++i) key = key << 8 | bytes[i];
  if (v4) return kV4Keys | key;
  return key == 0 ? kKeyOfZero : key;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, out.data(), out.size());
  } else {
    inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
  }
  return out.data();
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  const std::string_view plain = bare(text);
  if (plain.empty() || plain.size() >= terminated.size()) return std::nullopt;
  std::copy(plain.begin(), plain.end(), terminated.begin());
  IpAddress address;
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + 12) == 1) {
    std::copy(kV4Prefix.begin(), kV4Prefix.end(), address.bytes.begin());
    return address;
  }
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool Network::contains(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
  const int rest = prefix_bits % 8;
  if (rest == 0) return true;
  return ((first.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
  std::vector<Network> networks;
  for (const std::string_view entry : text_list(text)) {
    MARQUEE_TRY(const Network network, parse_network(entry));
    networks.push_back(network);
  }
  return networks;
}

bool contains(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&address](const Network& network) { return network.contains(address); });
}

}  // namespace marquee::gateway
