#include "adapters/postgres/parameters.h"

#include <gtest/gtest.h>

#include "adapters/postgres/copy_rows.h"

namespace marquee::postgres {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

// The expected bytes are those of PostgreSQL's send functions (int8send, array_send, vector_send).

TEST(Parameters, CarryNumbersInNetworkOrder) {
  const auto parameters = Parameters().add(std::int64_t{-2}).add(true).add_u64(0xFEDCBA9876543210);
  EXPECT_EQ(parameters.values()[0], bytes({255, 255, 255, 255, 255, 255, 255, 254}));
  EXPECT_EQ(parameters.values()[1], bytes({1}));
  EXPECT_EQ(parameters.values()[2], bytes({0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10}));
  EXPECT_EQ(parameters.types(), (std::vector<std::uint32_t>{20, 16, 20}));
}

TEST(Parameters, CarryTextAsItIs) {
  const std::string hostile("';\\\"\0 DROP", 10);
  EXPECT_EQ(Parameters().add(hostile).values()[0], hostile);
  EXPECT_EQ(Parameters().add(std::string_view()).values()[0], "") << "empty is not NULL";
}

TEST(Parameters, CarryNullWithoutAValue) {
  const auto parameters = Parameters().add(std::optional<std::int64_t>()).add_null();
  EXPECT_FALSE(parameters.values()[0].has_value());
  EXPECT_FALSE(parameters.values()[1].has_value());
}

TEST(ArrayColumn, HasADimensionALengthAndElementsWithTheirs) {
  ArrayColumn column(TypeOid::kInt4);
  column.add(std::int64_t{7}).add_null();
  EXPECT_EQ(column.encode(), bytes({0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0,   0,   0,   2,
                                    0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7,  255, 255, 255, 255}));
}

TEST(ArrayColumn, IsOfNoDimensionWhenEmpty) {
  EXPECT_EQ(ArrayColumn(TypeOid::kText).encode(), bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25}));
}

TEST(ArrayColumn, WritesNumbersInTheWidthOfTheirType) {
  ArrayColumn column(TypeOid::kInt2);
  column.add(std::int64_t{-1});
  EXPECT_EQ(column.encode().substr(20), bytes({0, 0, 0, 2, 255, 255}));
}

TEST(EncodeVector, IsThatOfPgvector) {
  EXPECT_EQ(encode_vector(std::vector<float>{1.0F, -2.0F}),
            bytes({0, 2, 0, 0, 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0}));
}

TEST(CopyRows, PutsColumnsBehindTheirNumber) {
  CopyRows rows;
  rows.begin(3).add("ab").add_int4(1).add_null();
  EXPECT_EQ(rows.take(),
            bytes({0, 3, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 4, 0, 0, 0, 1, 255, 255, 255, 255}));
  EXPECT_EQ(rows.bytes(), 0U);
}

TEST(CopyRows, PutsNumbersAndIdsInTheirOwnWidth) {
  CopyRows rows;
  rows.add_int2(-2).add_real(1.0).add_bool(true);
  EXPECT_EQ(rows.take(), bytes({0, 0, 0, 2, 0xFF, 0xFE, 0, 0, 0, 8, 0x3F, 0xF0,
                                0, 0, 0, 0, 0,    0,    0, 0, 0, 1, 1}));
  const Uuid id = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  rows.add_uuid(id);
  EXPECT_EQ(rows.take(), bytes({0,    0,    0,    16,   0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}));
}

TEST(CopyRows, PutsTheVersionBeforeJsonb) {
  CopyRows rows;
  rows.add_jsonb("{}");
  EXPECT_EQ(rows.take(), bytes({0, 0, 0, 3, 1, '{', '}'}));
}

}  // namespace
}  // namespace marquee::postgres
