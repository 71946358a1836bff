#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::formats {

/// What DIR/server.json says of the server that owns a data directory.
struct ServerInfo {
  std::string address;  ///< "http://127.0.0.1:8000"
  std::int64_t pid = 0;
  std::string token_file;  ///< path of the operator's token

  bool operator==(const ServerInfo&) const = default;
};

/// {"address","pid","token_file"}
std::string server_json(const ServerInfo& info);
/// kDataLoss when it is not such an object; unknown members are ignored.
Result<ServerInfo> parse_server_json(std::string_view json);

}  // namespace marquee::formats
