#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/postgres/parameters.h"

namespace marquee::postgres {

/// Rows for COPY … (FORMAT binary), appended column by column:
///
///     rows.begin(3).add("m1").add_int4(1999).add_null();
class CopyRows {
 public:
  CopyRows& begin(std::uint16_t columns);
  CopyRows& add(std::string_view text);
  CopyRows& add_int2(std::int16_t number);
  CopyRows& add_int4(std::int32_t number);
  CopyRows& add_int8(std::int64_t number);
  CopyRows& add_real(double number) { return add(encode_real(number)); }
  CopyRows& add_bool(bool flag);
  CopyRows& add_uuid(const Uuid& id);
  CopyRows& add_jsonb(std::string_view json);
  CopyRows& add_array(const ArrayColumn& column) { return add(column.encode()); }
  CopyRows& add_vector(std::span<const float> vector) { return add(encode_vector(vector)); }
  CopyRows& add_null();

  std::size_t bytes() const { return bytes_.size(); }
  /// What was appended since the last take().
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

/// A CopyRows is handed to the server when it is about this large.
inline constexpr std::size_t kCopyPieceBytes = std::size_t{1} << 18;

}  // namespace marquee::postgres
