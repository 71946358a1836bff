#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace marquee::postgres {

// PostgreSQL's binary formats are big-endian (manual, 55.7: message data types).

template <std::unsigned_integral T>
constexpr T to_big_endian(T number) {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) {
    return number;
  } else if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(number);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(number);
  } else {
    return __builtin_bswap64(number);
  }
}

template <std::unsigned_integral T>
void append_number(std::string& out, T number) {
  const T wire = to_big_endian(number);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &wire, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// The number in the first bytes of `bytes`, which has enough of them.
template <std::unsigned_integral T>
T read_number(std::string_view bytes) {
  T wire = 0;
  std::memcpy(&wire, bytes.data(), sizeof(T));
  return to_big_endian(wire);
}

/// A value with its length in front, as in arrays and in rows of COPY.
inline void append_field(std::string& out, std::string_view bytes) {
  append_number(out, static_cast<std::uint32_t>(bytes.size()));
  out.append(bytes);
}
inline void append_null_field(std::string& out) { append_number(out, std::uint32_t{0xFFFFFFFF}); }

}  // namespace marquee::postgres
