#include "datasets/synthetic_world.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "datasets/synthetic_viewer.h"

namespace marquee::datasets {
namespace {

TEST(SyntheticWorld, PlacesFilmsOnAUnitSphereNearTheirGenres) {
  const SyntheticWorld world = make_world(500, Rng(1));
  double near = 0, far = 0;
  for (const SyntheticFilm& film : world.films) {
    EXPECT_NEAR(dot(film.hidden, film.hidden), 1.0F, 1e-4F);
    for (std::size_t genre = 0; genre < kSyntheticGenres.size(); ++genre) {
      const bool own = film.movie.genres.front() == kSyntheticGenres[genre];
      (own ? near : far) += double{dot(film.hidden, world.genres[genre])};
    }
  }
  const auto films = static_cast<double>(world.films.size());
  EXPECT_GT(near / films, 0.3);
  EXPECT_LT(far / films / (kSyntheticGenres.size() - 1.0), 0.15);
}

TEST(SyntheticWorld, DrawsFilmsByPopularity) {
  const SyntheticWorld world = make_world(50, Rng(2));
  Rng rng(3);
  constexpr int kDraws = 200'000;
  std::vector<int> drawn(world.films.size());
  for (int i = 0; i < kDraws; ++i) ++drawn.at(world.draw(rng));
  for (std::size_t film = 0; film < drawn.size(); ++film) {
    const double want = world.films[film].popularity / world.popularity_sums.back() * kDraws;
    EXPECT_NEAR(drawn[film], want, 6 * std::sqrt(want) + 3) << film;
  }
}

TEST(SyntheticWorld, DrawsEveryGenreAndTheCommonOnesMoreOften) {
  Rng rng(4);
  std::map<std::size_t, int> drawn;
  for (int i = 0; i < 20'000; ++i) ++drawn[SyntheticWorld::draw_genre(rng)];
  EXPECT_EQ(drawn.size(), kSyntheticGenres.size());
  EXPECT_GT(drawn[0], 10 * drawn[kSyntheticGenres.size() - 1]);
}

TEST(SyntheticWorld, ReleasesEachFilmWithinItsYear) {
  const SyntheticWorld world = make_world(300, Rng(5));
  for (const SyntheticFilm& film : world.films) {
    EXPECT_EQ(civil_date(film.release_ms).year, *film.movie.year);
  }
}

TEST(SyntheticWorld, MakesPartsOfASeriesAlike) {
  const SyntheticWorld world = make_world(2'000, Rng(6));
  std::map<std::string, const SyntheticFilm*> by_title;
  for (const SyntheticFilm& film : world.films) by_title[film.movie.title] = &film;
  int series = 0;
  for (const auto& [title, film] : by_title) {
    const auto second = by_title.find(title + " 2");
    if (second == by_title.end()) continue;
    ++series;
    EXPECT_EQ(second->second->movie.genres, film->movie.genres);
    EXPECT_GE(*second->second->movie.year, *film->movie.year);
    EXPECT_GT(dot(second->second->hidden, film->hidden), 0.9F);
  }
  EXPECT_GT(series, 10);
}

TEST(SyntheticWorld, VectorHelpersKeepTheirPromises) {
  HiddenVector zero{};
  EXPECT_EQ(unit(zero), zero);
  Rng rng(7);
  const HiddenVector a = random_direction(rng), b = random_direction(rng);
  EXPECT_NEAR(dot(a, a), 1.0F, 1e-5F);
  EXPECT_NEAR(dot(add(a, b, 2.0F), b), dot(a, b) + 2.0F, 1e-5F);
}

TEST(SyntheticViewer, RatesAsManyFilmsAsAskedForNoneTwiceInOrder) {
  const SyntheticWorld world = make_world(400, Rng(8));
  const auto events = make_viewer_events(world, UserId("9"), 150, Rng(9));
  ASSERT_EQ(events.size(), 150U);
  std::set<std::string> films;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_TRUE(films.insert(events[i].movie_id.value()).second);
    EXPECT_EQ(events[i].user_id, UserId("9"));
    EXPECT_GE(*events[i].value, 0.5);
    EXPECT_LE(*events[i].value, 5.0);
    EXPECT_GE(events[i].ts_ms, events[i > 0 ? i - 1 : 0].ts_ms);
  }
}

TEST(SyntheticViewer, StopsWhenNoFilmIsLeft) {
  const SyntheticWorld world = make_world(20, Rng(10));
  EXPECT_LE(make_viewer_events(world, UserId("1"), 1'000, Rng(11)).size(), 20U);
  EXPECT_TRUE(make_viewer_events(make_world(0, Rng(1)), UserId("1"), 5, Rng(1)).empty());
}

}  // namespace
}  // namespace marquee::datasets
