#include "gateway/cors.h"

#include <algorithm>

#include "gateway/text_list.h"

namespace marquee::gateway {
namespace {

/// scheme://host[:port] and nothing behind it, in lower case, as the Origin header has it.
bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view("-._:[]").find(c) != std::string_view::npos;
    });
  }
  return false;
}

}  // namespace

Result<CorsPolicy> CorsPolicy::parse(std::string_view text) {
  CorsPolicy policy;
  for (const std::string_view entry : text_list(text)) {
    if (!is_origin(entry)) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + std::string(entry) +
                       "' is no origin, want one as browsers send it: https://shop.example"};
    }
    policy.origins_.emplace_back(entry);
  }
  return policy;
}

const std::string* CorsPolicy::find(std::string_view origin) const {
  const auto found = std::find(origins_.begin(), origins_.end(), origin);
  return found == origins_.end() ? nullptr : &*found;
}

bool is_preflight(const http::Request& request) {
  return request.method == http::Method::kOptions && request.header("origin") &&
         request.header("access-control-request-method");
}

void append_cors_headers(std::string& lines, const std::string* origin, bool preflight) {
  lines += "Vary: Origin\r\n";
  if (origin == nullptr) return;
  lines += "Access-Control-Allow-Origin: ";
  lines += *origin;
  lines +=
      "\r\nAccess-Control-Expose-Headers: ETag, Location, RateLimit, RateLimit-Policy, "
      "Retry-After, X-Request-ID\r\n";
  if (!preflight) return;
  lines +=
      "Access-Control-Allow-Methods: GET, POST, PUT, DELETE\r\n"
      "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, If-None-Match, "
      "Last-Event-ID, X-Request-ID\r\n"
      "Access-Control-Max-Age: 600\r\n";
}

}  // namespace marquee::gateway
