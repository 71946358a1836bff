#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "domain/movie.h"
#include "ports/profile_store.h"

namespace marquee::api {

/// Sums one viewer's history up for the page: interactions, genres, decades, ratings. Feed it
/// newest first: of several ratings of a film only the newest counts. Not thread-safe.
class Taste {
 public:
  /// `movie` is null for a film the catalogue lacks. Impressions, undos and undone events do not
  /// count.
  void add(const AppliedEvent& applied, const Movie* movie);
  std::string to_json(const UserId& user) const;

 private:
  struct Genre {
    std::uint64_t films = 0;
    std::uint64_t ratings = 0;
    double stars = 0;
  };

  void add_rating(double stars, const Movie* movie);

  std::uint64_t interactions_ = 0;
  std::set<MovieId> films_;
  std::set<MovieId> rated_;
  std::map<std::string, Genre> genres_;
  std::map<int, std::uint64_t> decades_;
  std::map<double, std::uint64_t> ratings_;
};

}  // namespace marquee::api
