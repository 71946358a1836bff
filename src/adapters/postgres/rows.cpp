#include "adapters/postgres/rows.h"

#include <bit>
#include <charconv>
#include <cstring>

#include <libpq-fe.h>

#include "adapters/postgres/binary.h"

namespace marquee::postgres {

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

int Rows::size() const { return PQntuples(result_.get()); }

std::int64_t Rows::changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool Rows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Rows::text(int row, int column) const {
  const int length = PQgetlength(result_.get(), row, column);
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(length)};
}

std::int64_t Rows::i64(int row, int column) const {
  const std::string_view bytes = text(row, column);
  switch (bytes.size()) {
    case 1:
      return static_cast<std::int8_t>(bytes[0]);
    case 2:
      return static_cast<std::int16_t>(read_number<std::uint16_t>(bytes));
    case 4:
      return static_cast<std::int32_t>(read_number<std::uint32_t>(bytes));
    case 8:
      return static_cast<std::int64_t>(read_number<std::uint64_t>(bytes));
    default:
      return 0;
  }
}

double Rows::real(int row, int column) const {
  const std::string_view bytes = text(row, column);
  if (bytes.size() == 4) return double{std::bit_cast<float>(read_number<std::uint32_t>(bytes))};
  if (bytes.size() == 8) return std::bit_cast<double>(read_number<std::uint64_t>(bytes));
  return 0;
}

std::vector<std::string> Rows::texts(int row, int column) const {
  // Dimensions, a flag for NULLs, the element's type, then length and first index of the dimension.
  constexpr std::size_t kNumber = sizeof(std::uint32_t);
  std::string_view bytes = text(row, column);
  std::vector<std::string> found;
  if (bytes.size() < 5 * kNumber || read_number<std::uint32_t>(bytes) != 1) return found;
  const auto count = read_number<std::uint32_t>(bytes.substr(3 * kNumber));
  bytes.remove_prefix(5 * kNumber);
  while (found.size() < count && bytes.size() >= kNumber) {
    const auto length = static_cast<std::int32_t>(read_number<std::uint32_t>(bytes));
    bytes.remove_prefix(kNumber);
    found.emplace_back(length < 0 ? "" : bytes.substr(0, static_cast<std::size_t>(length)));
    bytes.remove_prefix(found.back().size());
  }
  return found;
}

std::optional<Uuid> Rows::uuid(int row, int column) const {
  const std::string_view bytes = text(row, column);
  Uuid::Bytes id{};
  if (is_null(row, column) || bytes.size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), bytes.data(), id.size());
  return Uuid(id);
}

}  // namespace marquee::postgres
