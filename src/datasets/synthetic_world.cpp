#include "datasets/synthetic_world.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "datasets/synthetic_titles.h"

namespace marquee::datasets {
namespace {

constexpr int kSyntheticYearMin = 1931;
constexpr int kSyntheticYearMax = 2024;
constexpr double kYearSpread = 17;  // most films are of the last two decades
constexpr double kSequelShare = 0.09;
constexpr double kPopularitySpread = 1.35;  // of its logarithm: the top 1 % take a fifth

/// How many of a thousand films have each genre first; roughly MovieLens's order.
constexpr std::array<std::uint32_t, kSyntheticGenres.size()> kGenreWeights{
    230, 190, 95, 90, 75, 55, 50, 48, 45, 30, 20, 20, 15, 15, 9, 6, 4, 3};

std::int64_t release_ms(int year, Rng& rng) {
  using namespace std::chrono;
  const sys_days first{std::chrono::year{year} / January / 1};
  const auto day = first.time_since_epoch() + days{rng.below(365)};
  return duration_cast<milliseconds>(day).count();
}

std::vector<std::size_t> draw_genres(Rng& rng) {
  std::vector<std::size_t> genres{SyntheticWorld::draw_genre(rng)};
  const std::uint64_t more = rng.below(3);
  for (std::uint64_t i = 0; i < more; ++i) {
    const std::size_t genre = SyntheticWorld::draw_genre(rng);
    if (std::ranges::find(genres, genre) == genres.end()) genres.push_back(genre);
  }
  return genres;
}

/// A film of its genres, apart from its title.
SyntheticFilm draw_film(const SyntheticWorld& world, const std::vector<std::size_t>& genres,
                        Rng& rng) {
  SyntheticFilm film;
  for (const std::size_t genre : genres) {
    film.hidden = add(film.hidden, world.genres[genre], 1.0F / static_cast<float>(genres.size()));
    film.movie.genres.emplace_back(kSyntheticGenres[genre]);
  }
  film.hidden = unit(add(unit(film.hidden), random_direction(rng), 0.9F));
  const double age = std::abs(rng.normal()) * kYearSpread;
  film.movie.year = std::max(kSyntheticYearMin, kSyntheticYearMax - static_cast<int>(age));
  film.quality = static_cast<float>(rng.normal());
  film.popularity = std::exp(kPopularitySpread * rng.normal() + 0.5 * film.quality - 0.02 * age);
  return film;
}

/// Turns `film` into part `part` of a series: like the one before in all but its quality.
void continue_series(const SyntheticFilm& before, SyntheticFilm& film, Rng& rng) {
  film.movie.genres = before.movie.genres;
  film.hidden = unit(add(before.hidden, random_direction(rng), 0.2F));
  const int gap = 2 + static_cast<int>(rng.below(4));
  film.movie.year =
      std::min(kSyntheticYearMax, before.movie.year.value_or(kSyntheticYearMax) + gap);
  film.quality = before.quality - 0.3F + 0.4F * static_cast<float>(rng.normal());
  film.popularity = before.popularity * (0.5 + 0.4 * rng.uniform());
}

}  // namespace

float dot(const HiddenVector& a, const HiddenVector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

HiddenVector add(const HiddenVector& a, const HiddenVector& b, float scale) {
  HiddenVector out{};
  for (std::size_t i = 0; i < kHiddenSize; ++i) out[i] = a[i] + scale * b[i];
  return out;
}

HiddenVector unit(const HiddenVector& a) {
  const float length = std::sqrt(dot(a, a));
  return length > 0 ? add({}, a, 1.0F / length) : a;
}

HiddenVector random_direction(Rng& rng) {
  HiddenVector out{};
  for (float& value : out) value = static_cast<float>(rng.normal());
  return unit(out);
}

std::size_t SyntheticWorld::draw(Rng& rng) const {
  const double at = rng.uniform() * popularity_sums.back();
  const auto found = std::ranges::upper_bound(popularity_sums, at);
  const auto place = static_cast<std::size_t>(found - popularity_sums.begin());
  return std::min(place, films.size() - 1);
}

std::size_t SyntheticWorld::draw_genre(Rng& rng) {
  constexpr std::uint64_t kTotal = std::accumulate(kGenreWeights.begin(), kGenreWeights.end(), 0U);
  std::uint64_t at = rng.below(kTotal);
  for (std::size_t genre = 0; genre < kGenreWeights.size(); ++genre) {
    if (at < kGenreWeights[genre]) return genre;
    at -= kGenreWeights[genre];
  }
  return 0;
}

SyntheticWorld make_world(std::size_t films, Rng rng) {
  SyntheticWorld world;
  for (std::size_t i = 0; i < kSyntheticGenres.size(); ++i) {
    world.genres.push_back(random_direction(rng));
  }
  TitleMaker titles(rng.split());
  struct Series {
    std::string name;
    std::size_t last = 0;  ///< its latest film
    int parts = 1;
  };
  std::vector<Series> series;  // every film might become one
  double sum = 0;
  for (std::size_t i = 0; i < films; ++i) {
    SyntheticFilm film = draw_film(world, draw_genres(rng), rng);
    const bool sequel = i > 0 && rng.uniform() < kSequelShare;
    if (sequel) {
      Series& of = series[rng.below(series.size())];
      continue_series(world.films[of.last], film, rng);
      film.movie.title = titles.sequel(of.name, ++of.parts);
      of.last = i;
    } else {
      film.movie.title = titles.title(film.movie.genres.front());
      series.push_back({film.movie.title, i, 1});
    }
    film.movie.id = MovieId(std::to_string(i + 1));
    film.release_ms = release_ms(*film.movie.year, rng);
    world.popularity_sums.push_back(sum += film.popularity);
    world.films.push_back(std::move(film));
  }
  return world;
}

}  // namespace marquee::datasets
