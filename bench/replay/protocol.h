#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie.h"

namespace marquee::bench {

/// Real ratings in the order in which they happened. Only positives (is_positive()) of films with
/// at least `kItemPositivesMin` positives in the training part; ties in time in a random order of
/// seed 7.
struct Replay {
  static constexpr std::size_t kItemPositivesMin = 5;

  std::vector<Movie> movies;  ///< those films
  std::vector<Event> events;
  std::size_t tune_begin =
      0;  ///< [0, tune_begin) trains; the 80 % quantile of all positives' times
  std::size_t test_begin = 0;  ///< [tune_begin, test_begin) tunes weights; the 90 % quantile
};

/// Reads the data set in `directory` (any that `marquee import` reads).
Result<Replay> read_replay(const std::string& directory);

/// How well one list foretold one event, and the mean over many.
struct Quality {
  double ndcg_at_10 = 0;  ///< 1 / log2(1 + rank), 0 beyond rank 10
  double hit_at_10 = 0;
  double hit_at_50 = 0;
  std::size_t events = 0;

  /// `rank` is 1-based; 0: not in the list.
  void add(std::size_t rank);
  Quality mean() const;
};

}  // namespace marquee::bench
