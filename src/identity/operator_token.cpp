#include "identity/operator_token.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace marquee::identity {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenLength = 43;  // base64 of 32 bytes without padding

Error cannot(const char* what, const std::filesystem::path& file) {
  return Error{ErrorCode::kPermissionDenied, fmt::format("cannot {} operator token {}: {}", what,
                                                         file.string(), std::strerror(errno))};
}

std::string random_token() {
  std::array<unsigned char, kTokenBytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, kTokenLength + 1> text;
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

/// Writes beside the target and renames, so that a crash leaves no half token.
Result<void> create(const std::filesystem::path& file, const std::string& token) {
  const std::string beside = file.string() + ".new";
  ::unlink(beside.c_str());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("create", file);
  const bool written =
      ::write(fd, token.data(), token.size()) == static_cast<ssize_t>(token.size()) &&
      ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(beside.c_str(), file.c_str()) != 0) return cannot("write", file);
  return {};
}

bool is_token(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return text.size() == kTokenLength && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

Result<OperatorToken> OperatorToken::load_or_create(const std::filesystem::path& file) {
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return cannot("read", file);
    std::string token = random_token();
    MARQUEE_CHECK(create(file, token));
    return OperatorToken(std::move(token));
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0077) != 0) {
    return Error{
        ErrorCode::kFailedPrecondition,
        fmt::format("operator token {} is no file of mode 0600: chmod 600 it, or remove it "
                    "to get a new one",
                    file.string())};
  }
  std::ifstream stream(file);
  if (!stream) return cannot("read", file);
  std::string token;
  std::getline(stream, token);
  if (!is_token(token)) {
    return Error{
        ErrorCode::kFailedPrecondition,
        fmt::format("{} holds no operator token: remove it to get a new one", file.string())};
  }
  return OperatorToken(std::move(token));
}

bool OperatorToken::matches(std::string_view credential) const {
  return credential.size() == text_.size() &&
         sodium_memcmp(credential.data(), text_.data(), text_.size()) == 0;
}

}  // namespace marquee::identity
