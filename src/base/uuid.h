#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace marquee {

/// A UUID (RFC 9562), 16 bytes in network order, so that byte order is time order for version 7.
class Uuid {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  Uuid() = default;
  explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}

  /// A fresh version 7 id: `wall_ms` in the first 48 bits, the rest from the system's generator.
  static Uuid v7(std::int64_t wall_ms);
  /// Version 7 layout with the 74 free bits taken from `entropy`: for ids that must come out the
  /// same every time (imported history, which has no id of its own).
  static Uuid v7_from(std::int64_t wall_ms, std::uint64_t entropy_high, std::uint64_t entropy_low);
  /// Parses the 36-character form, any case, any version; nothing else.
  static std::optional<Uuid> parse(std::string_view text);

  int version() const { return bytes_[6] >> 4; }
  bool is_v7() const { return version() == 7 && (bytes_[8] & 0xC0) == 0x80; }
  /// The milliseconds in the first 48 bits; meaningful for version 7.
  std::int64_t v7_ms() const;
  std::string to_string() const;
  const Bytes& bytes() const { return bytes_; }
  auto operator<=>(const Uuid&) const = default;

 private:
  Bytes bytes_{};
};

}  // namespace marquee

template <>
struct std::hash<marquee::Uuid> {
  /// Keyed (base/hash.h): ids come from clients, who must not be able to choose collisions.
  std::size_t operator()(const marquee::Uuid& id) const;
};
