#include "domain/movie_table.h"

#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(MovieTable, DealsDenseKeysInOrderOfFirstSight) {
  MovieTable table;
  EXPECT_EQ(table.intern(MovieId("b")), 0U);
  EXPECT_EQ(table.intern(MovieId("a")), 1U);
  EXPECT_EQ(table.intern(MovieId("b")), 0U);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.id_of(1), MovieId("a"));
  EXPECT_EQ(table.find("a"), 1U);
  EXPECT_FALSE(table.find("c").has_value());
}

TEST(MovieTable, ReferencesStayValidWhileItGrows) {
  MovieTable table;
  const MovieId& first = table.id_of(table.intern(MovieId("first")));
  for (int i = 0; i < 10'000; ++i) table.intern(MovieId(std::to_string(i)));
  EXPECT_EQ(first, MovieId("first"));
  EXPECT_EQ(table.find("first"), 0U);
}

TEST(MovieTable, HasEveryIdOnEitherSideOfABlocksEdge) {
  MovieTable table;
  constexpr MovieKey kIds = 5'000;
  for (MovieKey key = 0; key < kIds; ++key) table.intern(MovieId(std::to_string(key)));
  for (MovieKey key = 0; key < kIds; ++key) {
    ASSERT_EQ(table.id_of(key), MovieId(std::to_string(key)));
  }
  EXPECT_THROW((void)table.id_of(kIds), std::out_of_range);
}

TEST(MovieTable, WhoReadsMeetsWholeIdsWhileOthersAdd) {
  MovieTable table;
  constexpr std::size_t kIds = 20'000;
  const std::jthread adds([&] {
    for (std::size_t i = 0; i < kIds; ++i) table.intern(MovieId("film-" + std::to_string(i)));
  });
  for (std::size_t size = 0; size < kIds; size = table.size()) {
    if (size == 0) continue;
    const auto newest = static_cast<MovieKey>(size - 1);
    ASSERT_EQ(table.id_of(newest), MovieId("film-" + std::to_string(newest)));
  }
}

TEST(MovieTable, ManyThreadsAgreeOnEveryKey) {
  MovieTable table;
  constexpr int kThreads = 4, kIds = 500;
  std::vector<std::vector<MovieKey>> keys(kThreads, std::vector<MovieKey>(kIds));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kIds; ++i) keys[t][i] = table.intern(MovieId(std::to_string(i)));
      });
    }
  }
  EXPECT_EQ(table.size(), static_cast<std::size_t>(kIds));
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(keys[t], keys[0]);
}

}  // namespace
}  // namespace marquee
