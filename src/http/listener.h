#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace marquee::http {

/// Listening TCP sockets of one address, one for each event loop; the kernel spreads connections
/// over them (SO_REUSEPORT, socket(7)).
struct Listeners {
  std::vector<int> sockets;  ///< owned by the caller
  std::uint16_t port = 0;
  bool is_v6 = false;
};

/// Binds `count` sockets to host (an IP address or "localhost") and port (0: a free one).
/// kUnavailable when another process has the port, kPermissionDenied below 1024 without the right,
/// kInvalidArgument for a host that is no address of this machine.
Result<Listeners> listen_on(const std::string& host, std::uint16_t port, std::size_t count);

}  // namespace marquee::http
