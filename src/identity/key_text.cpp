#include "identity/key_text.h"

#include <algorithm>
#include <array>

#include <sodium.h>

namespace marquee::identity {
namespace {

constexpr std::string_view kPrefix = "mq_";
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kIdLength = 2 * kIdBytes;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretLength = 43;
constexpr std::size_t kHashBytes = 32;
/// Not a secret: it keeps these hashes apart from those of other programs and uses.
constexpr std::string_view kHashKey = "marquee API key, version 1";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

template <std::size_t kBytes>
std::string hex(const std::array<unsigned char, kBytes>& bytes) {
  std::array<char, 2 * kBytes + 1> text;
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

}  // namespace

KeyText random_key() {
  std::array<unsigned char, kIdBytes> id;
  std::array<unsigned char, kSecretBytes> secret;
  randombytes_buf(id.data(), id.size());
  randombytes_buf(secret.data(), secret.size());
  std::array<char, kSecretLength + 1> text;
  sodium_bin2base64(text.data(), text.size(), secret.data(), secret.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return {hex(id), text.data()};
}

std::optional<KeyText> parse_key(std::string_view text) {
  if (text.size() != kPrefix.size() + kIdLength + 1 + kSecretLength) return std::nullopt;
  if (!text.starts_with(kPrefix) || text[kPrefix.size() + kIdLength] != '_') return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kIdLength);
  const std::string_view secret = text.substr(kPrefix.size() + kIdLength + 1);
  if (!std::ranges::all_of(id, is_hex) || !std::ranges::all_of(secret, is_base64url)) {
    return std::nullopt;
  }
  return KeyText{std::string(id), std::string(secret)};
}

std::string hash_of(std::string_view secret) {
  std::array<unsigned char, kHashBytes> hash;
  crypto_generichash(hash.data(), hash.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                     reinterpret_cast<const unsigned char*>(kHashKey.data()), kHashKey.size());
  return hex(hash);
}

bool same_hash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace marquee::identity
