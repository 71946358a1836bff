#include "identity/authenticator.h"

#include <algorithm>
#include <string>

namespace marquee::identity {
namespace {

constexpr std::string_view kScheme = "bearer ";

/// The credential of a Bearer header (RFC 6750 §2.1; the scheme's case does not count).
std::optional<std::string_view> bearer_credential(std::string_view header) {
  if (header.size() <= kScheme.size()) return std::nullopt;
  const bool same = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
  if (!same) return std::nullopt;
  return header.substr(kScheme.size());
}

Error not_valid() {
  return Error{ErrorCode::kUnauthenticated,
               "the Authorization header holds no valid credential: send 'Bearer' and a key, a "
               "token, or the content of the file that server.json names"};
}

}  // namespace

Result<Caller> Authenticator::identify(std::optional<std::string_view> authorization) const {
  if (!authorization) return Caller{without_, "", std::nullopt};
  const auto credential = bearer_credential(*authorization);
  if (!credential) return not_valid();
  if (sources_.token.matches(*credential)) {
    return Caller{Role::kAdmin, "operator.token", std::nullopt};
  }
  if (auto caller = sources_.keys.find(*credential)) return *std::move(caller);
  if (sources_.tokens != nullptr) {
    if (auto caller = sources_.tokens->verify(*credential)) return *std::move(caller);
  }
  return not_valid();
}

}  // namespace marquee::identity
