#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::app {

/// The server that owns a data directory, as server.json names it.
struct Owner {
  std::string address;  ///< "http://127.0.0.1:8000"
  std::string token;    ///< the operator token
};

/// One request to the owner, as an operator, with a JSON `body` unless it is empty; the body of a
/// 2xx answer. Other answers become errors with the problem's detail; kUnavailable when it cannot
/// be reached. Blocks for at most 5 minutes.
Result<std::string> ask_owner(const Owner& owner, std::string_view method, std::string_view target,
                              std::string_view body = {});

}  // namespace marquee::app
