#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::identity {

/// The operator's secret: 256 random bits as 43 characters of base64url, in a file that only its
/// owner can read. Immutable; thread-safe.
class OperatorToken {
 public:
  /// Reads `file`, or makes it with mode 0600 when there is none. kFailedPrecondition when it is
  /// no plain file, can be read by others or holds no token; kPermissionDenied when it cannot be
  /// read or written. Messages never hold the token.
  static Result<OperatorToken> load_or_create(const std::filesystem::path& file);

  /// Compares in constant time.
  bool matches(std::string_view credential) const;
  const std::string& text() const { return text_; }

 private:
  explicit OperatorToken(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace marquee::identity
