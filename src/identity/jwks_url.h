#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "identity/jwt_verifier.h"

namespace marquee::identity {

/// The issuer's JWK set at an address, fetched again after a while, and sooner when a token names a
/// key that is not in it: issuers put new keys there before they use them. However many such
/// tokens come, and however long the address is away, there is a least time between two fetches.
/// Not thread-safe.
class JwksUrl {
 public:
  using Fetch = std::function<Result<std::string>()>;
  struct Options {
    std::chrono::seconds refresh{300};
    std::chrono::seconds refresh_min{30};
  };

  /// `verifier` and `clock` must outlive it.
  JwksUrl(Fetch fetch, JwtVerifier& verifier, const Clock& clock, Options options)
      : fetch_(std::move(fetch)), verifier_(verifier), clock_(clock), options_(options) {}

  /// Fetches when it is time. An error leaves the keys as they were, and is told again until a
  /// fetch succeeds.
  Result<void> refresh();

 private:
  bool is_due() const;
  Result<void> fetch_now();

  const Fetch fetch_;
  JwtVerifier& verifier_;
  const Clock& clock_;
  const Options options_;
  std::optional<std::chrono::steady_clock::time_point> fetched_;
  std::uint64_t unknown_seen_ = 0;
  Result<void> last_;
};

}  // namespace marquee::identity
