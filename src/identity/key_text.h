#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::identity {

// An API key as its owner holds it: "mq_", 16 hexadecimal digits that name it, "_", and 256 random
// bits as 43 characters of base64url. What is stored is a hash of the last part alone: of so many
// random bits no slow hash is needed.

struct KeyText {
  std::string id;
  std::string secret;

  std::string text() const { return "mq_" + id + "_" + secret; }
};

/// A new key from the system's randomness.
KeyText random_key();
/// The parts of `text`; none when it has not the form of a key.
std::optional<KeyText> parse_key(std::string_view text);
/// Keyed BLAKE2b-256 of a secret, as 64 hexadecimal digits.
std::string hash_of(std::string_view secret);
/// Compares in constant time.
bool same_hash(std::string_view a, std::string_view b);

}  // namespace marquee::identity
