#include "identity/jwks_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/stat.h>

namespace marquee::identity {
namespace {

constexpr std::int64_t kJwksBytesMax = 1 << 20;

Error cannot_read(const std::filesystem::path& file, std::string_view why) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("identity.jwks_file {}: {}", file.string(), why)};
}

}  // namespace

Result<JwksFile::Version> JwksFile::version() const {
  struct stat status{};
  if (::stat(file_.c_str(), &status) != 0) return cannot_read(file_, std::strerror(errno));
  if (!S_ISREG(status.st_mode) || status.st_size > kJwksBytesMax) {
    return cannot_read(file_, "is no file of at most 1 MiB");
  }
  return Version{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Result<void> JwksFile::refresh() {
  MARQUEE_TRY(const Version now, version());
  if (now == read_) return {};
  std::ifstream stream(file_, std::ios::binary);
  std::string text(static_cast<std::size_t>(std::get<1>(now)), '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return cannot_read(file_, "cannot be read");
  }
  auto keys = parse_jwk_set(text);
  if (!keys.ok()) return cannot_read(file_, keys.error().message);
  verifier_.set_keys(*std::move(keys));
  read_ = now;
  return {};
}

}  // namespace marquee::identity
