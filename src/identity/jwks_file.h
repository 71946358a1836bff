#pragma once

#include <cstdint>
#include <filesystem>
#include <tuple>

#include "base/result.h"
#include "identity/jwt_verifier.h"

namespace marquee::identity {

/// A file with the issuer's JWK set, read again whenever it has changed. Not thread-safe.
class JwksFile {
 public:
  /// `verifier` must outlive it.
  JwksFile(std::filesystem::path file, JwtVerifier& verifier)
      : file_(std::move(file)), verifier_(verifier) {}

  /// Gives the verifier what the file says now, if it has changed. An error leaves the keys as they
  /// were; the next call tries again.
  Result<void> refresh();

 private:
  using Version = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

  Result<Version> version() const;

  const std::filesystem::path file_;
  JwtVerifier& verifier_;
  Version read_{};
};

}  // namespace marquee::identity
