#include "domain/film_places.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(FilmPlaces, AFilmHasNoPlaceUntilItIsGivenOne) {
  FilmPlaces places(0);
  EXPECT_EQ(places[7], FilmPlaces::kNone);
  places[7] = 3;
  EXPECT_EQ(places[7], 3U);
}

RC_GTEST_PROP(FilmPlaces, AgreesWithAMapAlsoWhenItIsFull, ()) {
  const auto films = *rc::gen::container<std::vector<MovieKey>>(
      rc::gen::oneOf(rc::gen::inRange<MovieKey>(0, 50), rc::gen::arbitrary<MovieKey>()));
  FilmPlaces places(films.size());
  std::map<MovieKey, std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < films.size(); ++i) places[films[i]] = wanted[films[i]] = i;
  for (const auto& [film, place] : wanted) RC_ASSERT(places[film] == place);
}

}  // namespace
}  // namespace marquee
