// Goal: item_neighbors.parquet reads back as it was written, or is refused with the column named.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "formats/parquet.h"

namespace marquee::formats {
namespace {

std::vector<NeighborRow> random_rows(std::uint64_t seed, std::size_t films) {
  Rng rng(seed);
  std::vector<NeighborRow> rows;
  for (std::size_t film = 0; film < films; ++film) {
    NeighborRow row{MovieId("m" + std::to_string(100'000 + film)), {}};
    for (std::uint64_t i = 1 + rng.below(6); i > 0; --i) {
      row.neighbors.push_back({MovieId("m" + std::to_string(100'000 + rng.below(films))),
                               static_cast<float>(rng.uniform())});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(ParquetNeighbors, ReadBackAsTheyWere) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const auto rows = random_rows(seed, seed % 50);
    const auto bytes = write_neighbors(rows);
    RC_ASSERT(bytes.ok());
    const auto back = read_neighbors(*bytes);
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == rows);
  }));
}

TEST(ParquetNeighbors, KeepAFilmWholeAcrossRowGroups) {
  const auto rows = random_rows(1, 30'000);
  const auto back = read_neighbors(*write_neighbors(rows));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_TRUE(*back == rows);
}

TEST(ParquetNeighbors, GiveTheSameBytesForTheSameRows) {
  EXPECT_EQ(*write_neighbors(random_rows(2, 200)), *write_neighbors(random_rows(2, 200)));
}

TEST(ParquetNeighbors, OfFilmsOutOfOrderAreNotWritten) {
  const std::vector<NeighborRow> rows{{MovieId("b"), {{MovieId("a"), 1}}},
                                      {MovieId("a"), {{MovieId("b"), 1}}}};
  const auto bytes = write_neighbors(rows);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().code, ErrorCode::kInvalidArgument);
}

TEST(ParquetNeighbors, OfAnotherSchemaAreDamaged) {
  const std::vector<std::string> ids{"m1"};
  const std::vector<float> values{1, 2};
  const auto back = read_neighbors(*write_factors("movie_id", ids, values, 2));
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(back.error().message.find("column"), std::string::npos) << back.error().message;
}

TEST(ParquetNeighbors, WithAFlippedBitAreDamagedUnlessItIsOneOfTheSealsName) {
  const auto rows = random_rows(3, 40);
  const auto whole = *write_neighbors(rows);
  EXPECT_TRUE(rc::check([&](std::uint32_t place) {
    auto bytes = whole;
    bytes[place % bytes.size()] ^= std::byte{0x10};
    const auto back = read_neighbors(bytes);
    const bool found = !back.ok() && back.error().code == ErrorCode::kDataLoss;
    RC_ASSERT(found || (back.ok() && *back == rows));
  }));
}

}  // namespace
}  // namespace marquee::formats
