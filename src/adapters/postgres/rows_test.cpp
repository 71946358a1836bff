#include "adapters/postgres/rows.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "adapters/postgres/history_rows.h"
#include "adapters/postgres/parameters.h"

namespace marquee::postgres {
namespace {

/// Rows as if the server had sent them.
Rows rows_of(const std::vector<std::vector<std::optional<std::string>>>& values) {
  std::unique_ptr<pg_result, Rows::Clear> result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK));
  const std::size_t columns = values.empty() ? 0 : values.front().size();
  std::vector<PGresAttDesc> attributes(columns);
  std::string name = "column";
  for (PGresAttDesc& attribute : attributes) {
    attribute.name = name.data();
    attribute.format = 1;
  }
  PQsetResultAttrs(result.get(), static_cast<int>(columns), attributes.data());
  for (std::size_t row = 0; row < values.size(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const auto& value = values[row][column];
      std::string copy = value.value_or("");
      PQsetvalue(result.get(), static_cast<int>(row), static_cast<int>(column),
                 value ? copy.data() : nullptr, value ? static_cast<int>(copy.size()) : -1);
    }
  }
  return Rows(std::move(result));
}

TEST(Rows, ReadNumbersOfAnyWidth) {
  const Rows rows = rows_of({{std::string("\xFF\xFE", 2), std::string("\0\0\1\0", 4),
                              encode_int(-5), std::string("\1", 1), encode_real(0.25)}});
  EXPECT_EQ(rows.i64(0, 0), -2);
  EXPECT_EQ(rows.i64(0, 1), 256);
  EXPECT_EQ(rows.i64(0, 2), -5);
  EXPECT_TRUE(rows.flag(0, 3));
  EXPECT_EQ(rows.real(0, 4), 0.25);
}

TEST(Rows, TellNullFromEmpty) {
  const Rows rows = rows_of({{std::nullopt, std::string()}});
  EXPECT_TRUE(rows.is_null(0, 0));
  EXPECT_FALSE(rows.is_null(0, 1));
  EXPECT_FALSE(rows.optional_i64(0, 0).has_value());
  EXPECT_FALSE(rows.uuid(0, 0).has_value());
  EXPECT_FALSE(rows.uuid(0, 1).has_value());
}

TEST(Rows, GiveTextsBackAsArrayColumnWroteThem) {
  ArrayColumn column(TypeOid::kText);
  column.add(std::string_view("Sci-Fi, \"{}\"")).add(std::string_view("")).add_null();
  const Rows rows =
      rows_of({{column.encode(), ArrayColumn(TypeOid::kText).encode(), std::string("damaged")}});
  EXPECT_EQ(rows.texts(0, 0), (std::vector<std::string>{"Sci-Fi, \"{}\"", "", ""}));
  EXPECT_TRUE(rows.texts(0, 1).empty());
  EXPECT_TRUE(rows.texts(0, 2).empty());
}

/// A row of traces_statement().
std::vector<std::optional<std::string>> trace(std::int64_t kind,
                                              std::optional<std::int64_t> sequence,
                                              bool conflict = false) {
  const auto number = [](std::int64_t value) { return encode_int(value); };
  return {number(kind),
          sequence ? std::optional(number(3)) : std::nullopt,
          sequence ? std::optional(number(*sequence)) : std::nullopt,
          number(77),
          number(1'000),
          std::string(1, conflict ? '\1' : '\0'),
          number(2'000)};
}

TEST(Receipt, IsTheFirstEventsWithTheLatestDecision) {
  EXPECT_FALSE(read_receipt(rows_of({})).has_value());
  const auto applied = read_receipt(rows_of({trace(0, 5)}));
  EXPECT_EQ(applied->status, EventReceipt::Status::kApplied);
  EXPECT_EQ(applied->applied_at_ms, 2'000);
  const auto repeated = read_receipt(rows_of({trace(0, 5), trace(2, 6), trace(2, 7, true)}));
  EXPECT_EQ(repeated->status, EventReceipt::Status::kConflict);
  EXPECT_EQ(repeated->offset, (Offset{3, 5}));
  EXPECT_EQ(read_receipt(rows_of({trace(1, 9)}))->status, EventReceipt::Status::kDeadLettered);
  EXPECT_EQ(read_receipt(rows_of({trace(2, 9)}))->status, EventReceipt::Status::kDuplicate);
}

TEST(KnownEvent, IsTheFirstThatCameThroughTheLog) {
  EXPECT_FALSE(read_known(rows_of({trace(0, std::nullopt)})).has_value());
  EXPECT_EQ(read_known(rows_of({trace(0, 5), trace(1, 4), trace(2, 9)}))->offset, (Offset{3, 4}));
  EXPECT_EQ(read_known(rows_of({trace(0, std::nullopt), trace(2, 9)}))->fingerprint, 77U);
}

}  // namespace
}  // namespace marquee::postgres
