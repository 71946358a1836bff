#include "base/hash.h"

#include <bit>
#include <cstring>

#include <sodium.h>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace marquee {
namespace {

using SipKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

SipKey random_key() {
  SipKey key;
  if (sodium_init() < 0) std::abort();  // no source of randomness: nothing can be safe
  crypto_shorthash_keygen(key.data());
  return key;
}

std::uint64_t siphash(const SipKey& key, const void* data, std::size_t size) {
  std::array<unsigned char, crypto_shorthash_BYTES> out;
  crypto_shorthash(out.data(), static_cast<const unsigned char*>(data), size, key.data());
  return std::bit_cast<std::uint64_t>(out);
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82F63B78U : 0U);
    table[i] = crc;
  }
  return table;
}

std::uint32_t crc_bytewise(std::span<const std::byte> bytes, std::uint32_t crc) {
  static constexpr auto kTable = make_crc_table();
  for (const std::byte b : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<std::uint32_t>(b)) & 0xFF];
  }
  return crc;
}

}  // namespace

std::uint64_t keyed_hash(std::span<const std::byte> bytes) {
  static const SipKey kKey = random_key();
  return siphash(kKey, bytes.data(), bytes.size());
}

std::uint64_t keyed_hash(std::string_view text) {
  return keyed_hash(std::as_bytes(std::span(text)));
}

std::uint64_t stable_hash(std::string_view text) {
  static constexpr SipKey kKey{'m', 'a', 'r', 'q', 'u', 'e', 'e', '.',
                               's', 't', 'a', 'b', 'l', 'e', '.', '1'};
  return siphash(kKey, text.data(), text.size());
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
#if defined(__SSE4_2__)
  std::uint64_t wide = crc;
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof(word));
    wide = _mm_crc32_u64(wide, word);
    bytes = bytes.subspan(sizeof(word));
  }
  crc = static_cast<std::uint32_t>(wide);
#endif
  return ~crc_bytewise(bytes, crc);
}

struct Sha256::State {
  crypto_hash_sha256_state inner;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(&state_->inner); }
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  crypto_hash_sha256_update(&state_->inner, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::hex() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256_final(&state_->inner, digest.data());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text;
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace marquee
