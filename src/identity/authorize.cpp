#include "identity/authorize.h"

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

}  // namespace

Result<Role> authorize(std::optional<std::string_view> authorization, const OperatorToken& token) {
  if (!authorization) return Role::kViewer;
  const auto credential = bearer_credential(*authorization);
  if (credential && token.matches(*credential)) return Role::kOperator;
  return Error{ErrorCode::kUnauthenticated,
               "the Authorization header holds no valid operator token; send 'Bearer' and the "
               "content of the file that server.json names"};
}

Result<void> permit(Role have, std::optional<Role> want) {
  if (!want) {
    return Error{ErrorCode::kPermissionDenied, "nobody is allowed to do this"};
  }
  if (have < *want) {
    return Error{ErrorCode::kUnauthenticated,
                 "this needs the operator token; send it as 'Authorization: Bearer TOKEN'"};
  }
  return {};
}

}  // namespace marquee::identity
