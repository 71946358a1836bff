#include "ranking/exploration.h"

#include <gtest/gtest.h>

namespace marquee::ranking {
namespace {

std::vector<Candidate> films(MovieKey first, std::size_t count) {
  std::vector<Candidate> list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back({first + static_cast<MovieKey>(i), 1.0F - 0.01F * static_cast<float>(i)});
  }
  return list;
}

std::vector<MovieKey> keys_of(const std::vector<Candidate>& list) {
  std::vector<MovieKey> keys;
  for (const Candidate& film : list) keys.push_back(film.movie);
  return keys;
}

TEST(Exploration, TakesTheFifthPlaceAndEveryTenthAfterIt) {
  auto list = films(0, 30);
  explore(list, films(1'000, 9));
  ASSERT_EQ(list.size(), 33U);
  EXPECT_EQ(list[4].movie, 1'000U);
  EXPECT_EQ(list[14].movie, 1'001U);
  EXPECT_EQ(list[24].movie, 1'002U);
  EXPECT_EQ(list[32].movie, 29U);
}

TEST(Exploration, LeavesTheOrderOfTheOthersAlone) {
  auto list = films(0, 30);
  explore(list, films(1'000, 2));
  std::erase_if(list, [](const Candidate& film) { return film.movie >= 1'000; });
  EXPECT_EQ(keys_of(list), keys_of(films(0, 30)));
}

TEST(Exploration, OfAShortListIsItsEndOrNothing) {
  auto four = films(0, 4);
  explore(four, films(1'000, 3));
  EXPECT_EQ(keys_of(four), (std::vector<MovieKey>{0, 1, 2, 3, 1'000}));
  auto three = films(0, 3);
  explore(three, films(1'000, 3));
  EXPECT_EQ(keys_of(three), (std::vector<MovieKey>{0, 1, 2}));
}

TEST(Exploration, OfNothingChangesNothing) {
  auto list = films(0, 12);
  explore(list, {});
  EXPECT_EQ(keys_of(list), keys_of(films(0, 12)));
}

}  // namespace
}  // namespace marquee::ranking
