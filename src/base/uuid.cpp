#include "base/uuid.h"

#include <span>

#include <sodium.h>

#include "base/hash.h"

namespace marquee {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

Uuid Uuid::v7(std::int64_t wall_ms) {
  // Each word once. A call of the system's generator costs as much as all the rest of a list's id.
  thread_local std::array<std::uint64_t, 128> entropy;
  thread_local std::size_t used = entropy.size();
  if (used == entropy.size()) {
    randombytes_buf(entropy.data(), sizeof(entropy));
    used = 0;
  }
  used += 2;
  return v7_from(wall_ms, entropy[used - 2], entropy[used - 1]);
}

Uuid Uuid::v7_from(std::int64_t wall_ms, std::uint64_t entropy_high, std::uint64_t entropy_low) {
  Bytes bytes;
  const auto ms = static_cast<std::uint64_t>(wall_ms);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | ((entropy_high >> 8) & 0x0F));
  bytes[7] = static_cast<std::uint8_t>(entropy_high);
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<std::uint8_t>(entropy_low >> (56 - 8 * i));
  }
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Bytes bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (dash_at(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>((bytes[nibble / 2] << 4) | value);
    ++nibble;
  }
  return Uuid(bytes);
}

std::int64_t Uuid::v7_ms() const {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = (ms << 8) | bytes_[i];
  return static_cast<std::int64_t>(ms);
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes_) {
    if (dash_at(text.size())) text.push_back('-');
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0x0F]);
  }
  return text;
}

}  // namespace marquee

std::size_t std::hash<marquee::Uuid>::operator()(const marquee::Uuid& id) const {
  return static_cast<std::size_t>(marquee::keyed_hash(std::as_bytes(std::span(id.bytes()))));
}
