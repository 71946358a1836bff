#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "domain/movie_table.h"

namespace marquee {

/// Where each film of a profile stands in some list: a flat table of one size, for what is made for
/// every event. Keys are dealt by this process, so nobody can choose those that collide. Not
/// thread-safe.
class FilmPlaces {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  /// For at most so many films.
  explicit FilmPlaces(std::size_t films_max)
      : shift_(32 - std::countr_zero(std::bit_ceil(2 * films_max + 2))),
        slots_(std::size_t{1} << (32 - shift_)) {}

  /// The film's place; kNone until it is given one.
  std::uint32_t& operator[](MovieKey movie) {
    std::size_t at = (movie * 0x9E3779B1U) >> shift_;  // Fibonacci hashing (Knuth, TAOCP 3, 6.4)
    while (slots_[at].is_used && slots_[at].movie != movie) at = (at + 1) % slots_.size();
    slots_[at].is_used = true;
    slots_[at].movie = movie;
    return slots_[at].place;
  }

 private:
  struct Slot {
    MovieKey movie = 0;
    std::uint32_t place = kNone;
    bool is_used = false;
  };

  int shift_;
  std::vector<Slot> slots_;
};

}  // namespace marquee
