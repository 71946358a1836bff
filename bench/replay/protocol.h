#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie.h"

namespace marquee::bench {

/// Real ratings in the order in which they happened, of films with at least `kItemPositivesMin`
/// positives (is_positive()) in the training part; ties in time in a random order of seed 7.
struct Replay {
  static constexpr std::size_t kItemPositivesMin = 5;

  std::vector<Movie> movies;  ///< those films
  std::vector<Event> events;
  // [0, tune_begin) trains, [tune_begin, test_begin) tunes weights: from the events at which 80 %
  // and 90 % of all positives have happened.
  std::size_t tune_begin = 0;
  std::size_t test_begin = 0;

  /// Positives in [begin, end): what is predicted there.
  std::size_t positives(std::size_t begin, std::size_t end) const;
};

/// What a viewer says in a replay.
enum class Said : std::uint8_t {
  kEveryRating,    ///< a film rated low is met too, and no longer a candidate
  kPositivesOnly,  ///< low ratings never happened: such a film stays a candidate
};

/// Reads the data set in `directory` (any that `marquee import` reads).
Result<Replay> read_replay(const std::string& directory, Said said);

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
