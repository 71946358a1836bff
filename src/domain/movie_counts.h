#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/movie_table.h"

namespace marquee {

/// How many viewers count for a film on one UTC day of event time.
struct DayCount {
  std::int32_t day = 0;  ///< days since the Unix epoch
  std::int32_t count = 0;

  bool operator==(const DayCount&) const = default;
};

/// A change of one such number.
struct CountDelta {
  MovieKey movie = 0;
  std::int32_t day = 0;
  std::int32_t delta = 0;

  bool operator==(const CountDelta&) const = default;
};

/// Viewers with a standing positive event, by film and day of their first one. A viewer counts at
/// most once for a film, so that one account cannot make a hit. Integers only: decay is applied on
/// reading (models/popularity.h). Not thread-safe.
class MovieCounts {
 public:
  /// Adds `delta`; a count that becomes 0 is dropped.
  void add(const CountDelta& delta);
  /// Days of `movie` in ascending order; empty for an unknown one.
  std::span<const DayCount> days_of(MovieKey movie) const;
  /// One past the largest key with a count.
  std::size_t size() const { return movies_.size(); }
  /// The latest day with a count; 0 when there is none. Event time's "now".
  std::int32_t latest_day() const;

 private:
  std::vector<std::vector<DayCount>> movies_;
};

}  // namespace marquee
