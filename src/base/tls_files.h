#pragma once

#include <string>

#include "base/result.h"

namespace marquee {

/// The PEM files by which a client knows the server that it speaks TLS with, and shows who it is
/// itself: the parameters `ca_file`, `cert_file` and `key_file` of a service's URI.
struct TlsFiles {
  std::string ca_file;    ///< the authorities to believe; the system's when empty
  std::string cert_file;  ///< the client's own certificate, its chain behind it; none when empty
  std::string key_file;   ///< its key

  bool empty() const { return ca_file.empty() && cert_file.empty() && key_file.empty(); }

  /// That each file can be read and has what it should have. kInvalidArgument naming parameter and
  /// file: the libraries that use them say it late, or by a number.
  Result<void> check() const;

  bool operator==(const TlsFiles&) const = default;
};

}  // namespace marquee
