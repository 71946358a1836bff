#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace marquee::formats {

// Small pieces of the binary layouts: little-endian base-128 numbers (LEB128, as in Protocol
// Buffers), and a reader that cannot run past the end.

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}

/// Signed numbers near 0 become short: 0, -1, 1, -2, … as 0, 1, 2, 3, …
inline void append_zigzag(std::string& out, std::int64_t value) {
  append_varint(out,
                (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

inline void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

/// Reads front to back. After the first failure everything reads as 0 and ok() is false, so a
/// caller may check once at the end of a group. Views point into the bytes it was given.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return bytes_.size(); }

  std::uint8_t u8() {
    if (!require(1)) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<std::uint32_t>(u8()) << shift;
    return ok_ ? value : 0;
  }
  /// Only the shortest form is a number, so that one value has one spelling.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      const bool overflows = shift == 63 && byte > 1;
      const bool padded = shift > 0 && byte == 0;
      if (!ok_ || overflows || padded) break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string_view text(std::size_t size) {
    if (!require(size)) return {};
    const std::string_view view(reinterpret_cast<const char*>(bytes_.data()), size);
    bytes_ = bytes_.subspan(size);
    return view;
  }
  /// A number of items that follow, each at least `item_bytes_min` long: a lie about it fails here
  /// and never becomes an allocation.
  std::size_t count(std::size_t item_bytes_min) {
    const std::uint64_t value = varint();
    if (value > remaining() / item_bytes_min) ok_ = false;
    return ok_ ? static_cast<std::size_t>(value) : 0;
  }
  void fail() { ok_ = false; }

 private:
  bool require(std::size_t size) {
    if (bytes_.size() < size) ok_ = false;
    return ok_;
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

}  // namespace marquee::formats
