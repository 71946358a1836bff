#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "domain/movie.h"
#include "domain/movie_table.h"

namespace marquee::ranking {

/// Genres and years of a catalogue by MovieKey, so that filtering touches no text. Immutable.
class FilmIndex {
 public:
  static constexpr std::int32_t kNoYear = std::numeric_limits<std::int32_t>::min();

  FilmIndex() = default;
  /// `movies[key]`, null for keys that are no film.
  explicit FilmIndex(std::span<const std::shared_ptr<const Movie>> movies);

  /// The number of a genre, whatever its case; none for one that no film has.
  std::optional<std::uint32_t> genre(std::string_view name) const;
  std::size_t genres() const { return genre_numbers_.size(); }
  /// Empty for an unknown key.
  std::span<const std::uint32_t> genres_of(MovieKey movie) const;
  /// kNoYear for an unknown key or a film without one.
  std::int32_t year_of(MovieKey movie) const {
    return movie < years_.size() ? years_[movie] : kNoYear;
  }

 private:
  std::unordered_map<std::string, std::uint32_t, KeyedStringHash, std::equal_to<>> genre_numbers_;
  std::vector<std::uint32_t> starts_{0};  // film f has genres_[starts_[f] .. starts_[f+1])
  std::vector<std::uint32_t> genres_;
  std::vector<std::int32_t> years_;
};

/// What a request asks of films.
struct FilmWishes {
  std::vector<std::string> genres;          ///< any of; empty: all
  std::vector<std::string> exclude_genres;  ///< none of
  std::optional<int> year_from;
  std::optional<int> year_to;
  bool empty() const { return genres.empty() && exclude_genres.empty() && !year_from && !year_to; }
};

/// FilmWishes made ready for one FilmIndex. A film without a year fails any wish for years; a genre
/// that no film has is met by none. Immutable; the index must outlive it.
class FilmFilter {
 public:
  FilmFilter(const FilmIndex& index, const FilmWishes& wishes);
  bool passes(MovieKey movie) const;

 private:
  const FilmIndex& index_;
  const bool any_genre_;
  std::vector<bool> wanted_;    // by genre number
  std::vector<bool> unwanted_;  // by genre number
  const std::optional<int> year_from_;
  const std::optional<int> year_to_;
};

}  // namespace marquee::ranking
