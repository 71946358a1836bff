#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/ids.h"
#include "domain/movie_table.h"
#include "ports/folded_state.h"
#include "serving/recommendation_service.h"

namespace marquee::serving {

/// A search, checked: `limit` is at least 1.
struct MovieQuery {
  enum class Sort { kTitle, kYear, kPopularity, kForMe };

  std::string text;  ///< every word must occur in the title; empty: browse everything
  std::optional<std::string> genre;
  std::optional<int> year_from;
  std::optional<int> year_to;
  Sort sort = Sort::kPopularity;
  std::optional<UserId> user;  ///< whose taste kForMe means; without one kForMe is kPopularity
  std::size_t limit = 20;
  std::size_t first = 0;  ///< films to skip
};

/// One page of results.
struct MoviePage {
  std::vector<std::pair<MovieKey, double>> movies;  ///< film and popularity, 0–1
  std::size_t total = 0;                            ///< films that match, over all pages
};

/// Finds catalogue films by words of the title, genre and year. Case and the accents of Latin
/// letters do not count; misspellings are forgiven where little else is found (title_index.h).
/// Better fits come first: the whole title, whole words, beginnings of words, parts of words,
/// misspellings; among equal fits the asked sort decides, ties by movie id. Withdrawn films are
/// never found. The folded titles are kept per catalogue snapshot. Thread-safe.
class MovieSearch {
 public:
  /// The references must outlive the search.
  MovieSearch(const RecommendationService& service, const FoldedState& state);
  ~MovieSearch();

  MoviePage search(const MovieQuery& query) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::serving
