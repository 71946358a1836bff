#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace marquee::http {

/// A request target taken apart and percent-decoded.
struct Target {
  std::string path;  ///< starts with '/', or is "*"
  std::vector<std::pair<std::string, std::string>> query;
  std::string authority;  ///< of an absolute-form target; empty otherwise
};

/// Reads an origin-form, absolute-form (http only) or asterisk-form target (RFC 9112 §3.2).
/// kInvalidArgument for everything that two servers could read differently: broken percent
/// encoding, NUL, text that is not UTF-8, an encoded slash or backslash in the path, a fragment.
/// '+' in the query is a space, as HTML forms and URLSearchParams write it.
Result<Target> parse_target(std::string_view text);

}  // namespace marquee::http
