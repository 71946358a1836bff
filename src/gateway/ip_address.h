#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::gateway {

/// An IP address in network order; IPv4 as ::ffff:a.b.c.d, so that both are compared alike.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool is_loopback() const;
  /// What a rate is limited by: an IPv4 address, or the /64 of an IPv6 one, because whoever has one
  /// address of it has all of them. Never 0.
  std::uint64_t client_key() const;
  std::string text() const;
  bool operator==(const IpAddress&) const = default;
};

/// Empty for what is no address. Takes an IPv6 address in brackets and a port behind either, as
/// proxies write them.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// A CIDR block. "192.0.2.7" is the block of that address alone.
struct Network {
  IpAddress first;
  int prefix_bits = 128;  ///< of the 16-byte form

  bool contains(const IpAddress& address) const;
};

/// Reads blocks divided by commas or spaces; "none" is the empty list. kInvalidArgument names the
/// entry that is none.
Result<std::vector<Network>> parse_networks(std::string_view text);

bool contains(const std::vector<Network>& networks, const IpAddress& address);

}  // namespace marquee::gateway
