#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"

struct pg_result;

namespace marquee::postgres {

/// What one statement gave: rows in the binary format, read by row and column. A column is read as
/// the type that the statement gives it; numbers of any width as 64 bits. Owns its memory.
class Rows {
 public:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  explicit Rows(std::unique_ptr<pg_result, Clear> result) : result_(std::move(result)) {}

  int size() const;
  bool empty() const { return size() == 0; }
  /// Rows that an INSERT, UPDATE or DELETE changed.
  std::int64_t changed() const;

  bool is_null(int row, int column) const;
  std::int64_t i64(int row, int column) const;
  std::uint64_t u64(int row, int column) const {
    return static_cast<std::uint64_t>(i64(row, column));
  }
  std::int32_t i32(int row, int column) const {
    return static_cast<std::int32_t>(i64(row, column));
  }
  std::optional<std::int64_t> optional_i64(int row, int column) const {
    return is_null(row, column) ? std::nullopt : std::optional(i64(row, column));
  }
  double real(int row, int column) const;
  bool flag(int row, int column) const { return i64(row, column) != 0; }
  std::string_view text(int row, int column) const;  ///< also bytea; valid as long as the Rows
  std::string string(int row, int column) const { return std::string(text(row, column)); }
  std::span<const std::byte> blob(int row, int column) const {
    return std::as_bytes(std::span(text(row, column)));
  }
  /// An array of texts; NULLs among them are empty.
  std::vector<std::string> texts(int row, int column) const;
  /// None for NULL and for what is no UUID.
  std::optional<Uuid> uuid(int row, int column) const;

 private:
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace marquee::postgres
