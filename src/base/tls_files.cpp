#include "base/tls_files.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace marquee {
namespace {

/// Bundles of all authorities of the world have a quarter of it.
constexpr std::streamsize kBytesMax = 4 << 20;

Error unusable(std::string_view parameter, const std::string& path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, "the parameter '" + std::string(parameter) + "' names " +
                                           path + ", which " + std::string(why)};
}

Result<std::string> read_pem(std::string_view parameter, const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(kBytesMax);
    file.read(text.data(), kBytesMax);
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad() || (text.empty() && errno != 0)) {
    return unusable(parameter, path, "cannot be read: " + std::generic_category().message(errno));
  }
  return text;
}

Result<void> check_certificate(std::string_view parameter, const std::string& path) {
  MARQUEE_TRY(const std::string text, read_pem(parameter, path));
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string::npos) return {};
  return unusable(parameter, path, "has no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
}

Result<void> check_key(const std::string& path) {
  MARQUEE_TRY(const std::string text, read_pem("key_file", path));
  if (text.find("PRIVATE KEY-----") == std::string::npos) {
    return unusable("key_file", path, "has no private key in PEM form");
  }
  if (text.find("ENCRYPTED") != std::string::npos) {
    return unusable("key_file", path, "is locked by a passphrase, which nobody is there to type");
  }
  return {};
}

}  // namespace

Result<void> TlsFiles::check() const {
  if (cert_file.empty() != key_file.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the parameters 'cert_file' and 'key_file' go together"};
  }
  if (!ca_file.empty()) MARQUEE_CHECK(check_certificate("ca_file", ca_file));
  if (cert_file.empty()) return {};
  MARQUEE_CHECK(check_certificate("cert_file", cert_file));
  return check_key(key_file);
}

}  // namespace marquee
