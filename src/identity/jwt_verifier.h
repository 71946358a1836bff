#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "identity/caller.h"
#include "identity/jwk_set.h"

namespace marquee::identity {

/// Checks JSON Web Tokens (RFC 7519, as RFC 8725 advises) of one issuer. Thread-safe.
class JwtVerifier {
 public:
  struct Options {
    std::string issuer;    ///< `iss` must be it
    std::string audience;  ///< `aud` must be it, or hold it
    std::string role_claim = "role";
  };
  static constexpr std::size_t kTokenBytesMax = 8'192;

  /// Lets nobody in before it is given keys. `clock` must outlive it.
  JwtVerifier(Options options, const Clock& clock);

  void set_keys(JwkSet keys);
  /// Who the token is for; none when anything is wrong with it. The header's `kid` finds the key,
  /// and the key decides the algorithm. `exp` must be there. A token without a role is a viewer's;
  /// a viewer's `sub` is the viewer.
  std::optional<Caller> verify(std::string_view token) const;
  /// How many tokens named a key that was not there: the issuer may have newer ones.
  std::uint64_t unknown_keys() const { return unknown_keys_.load(); }

 private:
  std::shared_ptr<const JwkSet> keys() const;

  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const JwkSet> keys_;  // guarded by mutex_
  mutable std::atomic<std::uint64_t> unknown_keys_ = 0;
};

}  // namespace marquee::identity
