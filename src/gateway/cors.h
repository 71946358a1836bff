#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace marquee::gateway {

/// Which pages elsewhere may call the API (Fetch standard, "CORS protocol"). Never with cookies.
class CorsPolicy {
 public:
  /// Reads origins divided by commas or spaces, each exactly as browsers send it; "none" for none.
  /// kInvalidArgument names what is no origin, '*' and 'null' among it.
  static Result<CorsPolicy> parse(std::string_view text);

  /// `origin` as it stands in the list; null when it does not.
  const std::string* find(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;
};

/// A browser's question whether a page may send what it is about to.
bool is_preflight(const http::Request& request);

/// Header lines for a page that is on the list (`origin`) or not (null). Every answer of the API
/// has "Vary: Origin", so that no cache gives one page what another was told.
void append_cors_headers(std::string& lines, const std::string* origin, bool preflight);

}  // namespace marquee::gateway
