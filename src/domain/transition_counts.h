#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/liked_films.h"
#include "domain/movie_table.h"

namespace marquee {

/// How often, and when, viewers went on from one film to another.
struct Transition {
  MovieKey to = 0;
  std::int32_t period = 0;  ///< of `to`'s liking: day / TransitionCounts::kPeriodDays, rounded down
  std::int32_t weight = 0;  ///< sum of TransitionCounts::kWeights over viewers

  bool operator==(const Transition&) const = default;
};

/// What viewers liked after what (item-to-item transitions within a window of each viewer's liked
/// films): the film liked next adds kWeights[0], the one after it kWeights[1], … A viewer adds to a
/// pair of films at most once, so that one account cannot make a transition. Integers only: decay
/// is applied on reading (retrieval/live_signals.h).
///
/// A film keeps at most kPerFilmMax transitions; the weakest of the oldest period makes room. All
/// of it follows from the viewers' recent interactions, is never stored, and is read back from
/// their profiles at start; beyond kPerFilmMax the order of events decides what is kept. 12 bytes a
/// transition. Not thread-safe.
class TransitionCounts {
 public:
  static constexpr std::array<std::int32_t, 5> kWeights{16, 12, 9, 7, 5};  ///< 16 · 0.75^(d−1)
  static constexpr std::int32_t kPeriodDays = 64;
  static constexpr std::size_t kPerFilmMax = 1'024;

  /// One viewer's liked films (liked_films()) become `after` where they were `before`. Costs what
  /// changed: for a film added at the end, one step for each weight.
  void replace(std::span<const LikedFilm> before, std::span<const LikedFilm> after);

  /// Sorted by film and period; empty for an unknown film.
  std::span<const Transition> from(MovieKey movie) const;
  /// The latest period of any transition so far: event time's "now". 0 before the first.
  std::int32_t latest_period() const { return latest_period_; }
  std::uint64_t size() const { return size_; }              ///< transitions held
  std::uint64_t pushed_out() const { return pushed_out_; }  ///< that had to make room

 private:
  void add(MovieKey from, const LikedFilm& to, std::int32_t weight);
  void make_room(std::vector<Transition>& transitions);

  std::vector<std::vector<Transition>> films_;
  std::int32_t latest_period_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t pushed_out_ = 0;
};

}  // namespace marquee
