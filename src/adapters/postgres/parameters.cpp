#include "adapters/postgres/parameters.h"

#include <bit>
#include <utility>

#include "adapters/postgres/binary.h"

namespace marquee::postgres {
namespace {

std::string_view bytes_of(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}

void append_integer(std::string& out, TypeOid type, std::int64_t number) {
  switch (type) {
    case TypeOid::kInt2:
      append_number(out, std::uint32_t{2});
      append_number(out, static_cast<std::uint16_t>(number));
      break;
    case TypeOid::kInt4:
      append_number(out, std::uint32_t{4});
      append_number(out, static_cast<std::uint32_t>(number));
      break;
    default:
      append_number(out, std::uint32_t{8});
      append_number(out, static_cast<std::uint64_t>(number));
  }
}

/// pg_type.dat again: the array type over an element type.
std::uint32_t array_of(TypeOid element) {
  switch (element) {
    case TypeOid::kBool:
      return 1000;
    case TypeOid::kBytea:
      return 1001;
    case TypeOid::kInt2:
      return 1005;
    case TypeOid::kInt4:
      return 1007;
    case TypeOid::kText:
      return 1009;
    case TypeOid::kInt8:
      return 1016;
    case TypeOid::kFloat8:
      return 1022;
    case TypeOid::kUuid:
      return 2951;
    case TypeOid::kUnknown:
      break;
  }
  return 0;
}

}  // namespace

std::string encode_int(std::int64_t number) {
  std::string out;
  append_number(out, static_cast<std::uint64_t>(number));
  return out;
}

std::string encode_real(double number) {
  std::string out;
  append_number(out, std::bit_cast<std::uint64_t>(number));
  return out;
}

std::string encode_bytes(std::string_view bytes) { return std::string(bytes); }

std::string encode_vector(std::span<const float> vector) {
  std::string out;
  append_number(out, static_cast<std::uint16_t>(vector.size()));
  append_number(out, std::uint16_t{0});
  for (const float number : vector) append_number(out, std::bit_cast<std::uint32_t>(number));
  return out;
}

ArrayColumn& ArrayColumn::add(std::string_view text) {
  append_field(fields_, text);
  ++size_;
  return *this;
}

ArrayColumn& ArrayColumn::add(std::int64_t number) {
  append_integer(fields_, element_, number);
  ++size_;
  return *this;
}

ArrayColumn& ArrayColumn::add(double number) { return add(std::string_view(encode_real(number))); }

ArrayColumn& ArrayColumn::add(bool flag) { return add(std::string_view(flag ? "\1" : "\0", 1)); }

ArrayColumn& ArrayColumn::add(const Uuid& id) { return add(bytes_of(id)); }

ArrayColumn& ArrayColumn::add_null() {
  append_null_field(fields_);
  has_nulls_ = true;
  ++size_;
  return *this;
}

std::string ArrayColumn::encode() const {
  std::string out;
  append_number(out, std::uint32_t{size_ == 0 ? 0U : 1U});  // dimensions
  append_number(out, std::uint32_t{has_nulls_ ? 1U : 0U});
  append_number(out, static_cast<std::uint32_t>(element_));
  if (size_ == 0) return out;
  append_number(out, size_);
  append_number(out, std::uint32_t{1});  // the index of the first element
  return out + fields_;
}

Parameters& Parameters::push(std::uint32_t type, std::optional<std::string> value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

Parameters& Parameters::add(std::string_view text) {
  return push(static_cast<std::uint32_t>(TypeOid::kText), encode_bytes(text));
}

Parameters& Parameters::add(std::int64_t number) {
  return push(static_cast<std::uint32_t>(TypeOid::kInt8), encode_int(number));
}

Parameters& Parameters::add(bool flag) {
  return push(static_cast<std::uint32_t>(TypeOid::kBool), std::string(1, flag ? '\1' : '\0'));
}

Parameters& Parameters::add(const Uuid& id) {
  return push(static_cast<std::uint32_t>(TypeOid::kUuid), std::string(bytes_of(id)));
}

Parameters& Parameters::add(const ArrayColumn& column) {
  return push(array_of(column.element()), column.encode());
}

Parameters& Parameters::add_bytes(std::string_view bytes) {
  return push(static_cast<std::uint32_t>(TypeOid::kBytea), encode_bytes(bytes));
}

Parameters& Parameters::add_vector(std::span<const float> vector) {
  return push(static_cast<std::uint32_t>(TypeOid::kUnknown), encode_vector(vector));
}

Parameters& Parameters::add_null() {
  return push(static_cast<std::uint32_t>(TypeOid::kUnknown), std::nullopt);
}

}  // namespace marquee::postgres
