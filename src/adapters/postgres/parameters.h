#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"

namespace marquee::postgres {

/// Numbers of PostgreSQL's own types (pg_type.dat), which never change.
enum class TypeOid : std::uint32_t {
  kUnknown = 0,  ///< the server decides by the context
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat8 = 701,
  kUuid = 2950,
};

/// Values as the wire carries them, each with its length: the binary format alone, so that a text
/// with a NUL or a quote in it reaches the server as it is and nothing is ever put into SQL.
std::string encode_int(std::int64_t number);
std::string encode_real(double number);
std::string encode_bytes(std::string_view bytes);
/// pgvector's binary format: the number of dimensions, an unused number, then float4s.
std::string encode_vector(std::span<const float> vector);

/// One array parameter: a column of a set of rows that go to the server together
/// (`unnest($1::text[], …)`).
class ArrayColumn {
 public:
  explicit ArrayColumn(TypeOid element) : element_(element) {}

  ArrayColumn& add(std::string_view text);  ///< also bytea
  ArrayColumn& add(std::int64_t number);    ///< in the width of the element's type
  ArrayColumn& add(double number);
  ArrayColumn& add(bool flag);
  ArrayColumn& add(const Uuid& id);
  ArrayColumn& add_u64(std::uint64_t number) { return add(static_cast<std::int64_t>(number)); }
  ArrayColumn& add_null();
  template <typename T>
  ArrayColumn& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }

  TypeOid element() const { return element_; }
  std::size_t size() const { return size_; }
  /// The whole array in the binary format.
  std::string encode() const;

 private:
  const TypeOid element_;
  std::uint32_t size_ = 0;
  bool has_nulls_ = false;
  std::string fields_;
};

/// The parameters $1, $2, … of one statement, in order.
class Parameters {
 public:
  Parameters& add(std::string_view text);
  Parameters& add(const char* text) { return add(std::string_view(text)); }
  Parameters& add(const std::string& text) { return add(std::string_view(text)); }
  Parameters& add(std::int64_t number);
  Parameters& add(std::int32_t number) { return add(std::int64_t{number}); }
  Parameters& add(bool flag);
  Parameters& add(const Uuid& id);
  Parameters& add(const ArrayColumn& column);
  Parameters& add_u64(std::uint64_t number) { return add(static_cast<std::int64_t>(number)); }
  Parameters& add_bytes(std::string_view bytes);
  Parameters& add_vector(std::span<const float> vector);
  Parameters& add_null();
  template <typename T>
  Parameters& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }

  std::size_t size() const { return values_.size(); }
  const std::vector<std::uint32_t>& types() const { return types_; }
  /// None for NULL.
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Parameters& push(std::uint32_t type, std::optional<std::string> value);

  std::vector<std::uint32_t> types_;
  std::vector<std::optional<std::string>> values_;
};

/// One statement and what goes into it. `sql` must be a literal of ours.
struct Statement {
  std::string sql;
  Parameters parameters = {};
  /// Asked many times a second under one text and the same types: each connection has the server
  /// keep it prepared. After five times it also keeps a plan that suits any values, so not for a
  /// statement whose best plan depends on them.
  bool repeated = false;
};

inline Statement repeated(Statement statement) {
  statement.repeated = true;
  return statement;
}

}  // namespace marquee::postgres
