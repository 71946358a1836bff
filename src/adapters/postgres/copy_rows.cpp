#include "adapters/postgres/copy_rows.h"

#include "adapters/postgres/binary.h"

namespace marquee::postgres {

CopyRows& CopyRows::begin(std::uint16_t columns) {
  append_number(bytes_, columns);
  return *this;
}

CopyRows& CopyRows::add(std::string_view text) {
  append_field(bytes_, text);
  return *this;
}

CopyRows& CopyRows::add_int2(std::int16_t number) {
  append_number(bytes_, std::uint32_t{2});
  append_number(bytes_, static_cast<std::uint16_t>(number));
  return *this;
}

CopyRows& CopyRows::add_int4(std::int32_t number) {
  append_number(bytes_, std::uint32_t{4});
  append_number(bytes_, static_cast<std::uint32_t>(number));
  return *this;
}

CopyRows& CopyRows::add_int8(std::int64_t number) { return add(encode_int(number)); }

CopyRows& CopyRows::add_bool(bool flag) { return add(std::string_view(flag ? "\1" : "\0", 1)); }

CopyRows& CopyRows::add_uuid(const Uuid& id) {
  return add({reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
}

CopyRows& CopyRows::add_jsonb(std::string_view json) {
  append_number(bytes_, static_cast<std::uint32_t>(json.size() + 1));
  bytes_ += '\1';  // the version of jsonb's format, then its text
  bytes_ += json;
  return *this;
}

CopyRows& CopyRows::add_null() {
  append_null_field(bytes_);
  return *this;
}

}  // namespace marquee::postgres
