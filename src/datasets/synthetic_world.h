#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "domain/movie.h"

namespace marquee::datasets {

// The invented films and what is behind them. Films and tastes are unit vectors of one hidden
// space in which every genre has a direction: what a viewer likes has structure that a
// factorisation can find and popularity cannot.

inline constexpr std::size_t kHiddenSize = 16;
using HiddenVector = std::array<float, kHiddenSize>;

float dot(const HiddenVector& a, const HiddenVector& b);
/// `a` + `scale`·`b`
HiddenVector add(const HiddenVector& a, const HiddenVector& b, float scale);
/// Scaled to length 1; a zero vector stays one.
HiddenVector unit(const HiddenVector& a);
HiddenVector random_direction(Rng& rng);

inline constexpr std::array<std::string_view, 18> kSyntheticGenres{
    "Drama",   "Comedy",      "Thriller", "Action",  "Romance",  "Adventure",
    "Crime",   "Sci-Fi",      "Horror",   "Fantasy", "Children", "Animation",
    "Mystery", "Documentary", "War",      "Musical", "Western",  "Film-Noir"};

struct SyntheticFilm {
  Movie movie;
  HiddenVector hidden{};
  float quality = 0;      ///< what all viewers agree on, about N(0, 1)
  double popularity = 0;  ///< how often it is met, relative to the others; long-tailed
  std::int64_t release_ms = 0;
};

struct SyntheticWorld {
  std::vector<SyntheticFilm> films;
  std::vector<HiddenVector> genres;     ///< direction of each of kSyntheticGenres
  std::vector<double> popularity_sums;  ///< running sums of the films' popularity

  /// A film drawn in proportion to its popularity.
  std::size_t draw(Rng& rng) const;
  /// A genre drawn in proportion to how many films are made in it.
  static std::size_t draw_genre(Rng& rng);
};

SyntheticWorld make_world(std::size_t films, Rng rng);

}  // namespace marquee::datasets
