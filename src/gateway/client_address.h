#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ip_address.h"

namespace marquee::gateway {

using HeaderFields = std::span<const std::pair<std::string, std::string>>;

/// Who asks: `peer`, unless it is one of `proxies`. Then X-Forwarded-For is read from right to
/// left, up to the first address that is no proxy; what stands left of it, the client itself may
/// have written. Of a field that cannot be read, the last address that could counts.
IpAddress client_address(const IpAddress& peer, HeaderFields headers,
                         const std::vector<Network>& proxies);

/// Whether a request says that it came through a proxy, believed or not.
bool says_forwarded(HeaderFields headers);

}  // namespace marquee::gateway
