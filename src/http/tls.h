#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): the name is Asio's
}

namespace marquee::http {

/// The certificate and key that a listener shows, TLS 1.2 and newer. reload() puts new ones in
/// their place: connections that there are keep theirs. Thread-safe.
class Tls {
 public:
  /// PEM files: the certificate with those that lead to its root behind it, and its key.
  /// kInvalidArgument, naming the file, when one cannot be read or they do not belong together.
  static Result<std::unique_ptr<Tls>> load(const std::string& certificate_file,
                                           const std::string& key_file);

  /// Reads both files again; what is in use stays when they are wrong.
  Result<void> reload();
  std::shared_ptr<boost::asio::ssl::context> context() const;

 private:
  Tls(std::string certificate_file, std::string key_file)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;  ///< taken once a connection
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace marquee::http
