#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace marquee {

/// SipHash-2-4 under a key drawn once per process: for hash tables whose keys strangers choose.
/// Differs between processes; never store it.
std::uint64_t keyed_hash(std::span<const std::byte> bytes);
std::uint64_t keyed_hash(std::string_view text);

/// SipHash-2-4 under a fixed public key: the same everywhere and for ever, so it may be stored.
/// Fingerprints and derived ids; not for secrets, not against adversaries.
std::uint64_t stable_hash(std::string_view text);

/// Hasher for std::unordered_map keyed by strings that strangers choose; takes string_view too.
struct KeyedStringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return static_cast<std::size_t>(keyed_hash(text));
  }
};

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continuing from `seed`, the CRC of what
/// came before (0 at the start). Uses the CPU's instruction where there is one.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

/// SHA-256 fed in pieces; `hex()` ends it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The digest as 64 hex digits; call once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace marquee
