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
  explicit FilmPlaces(std::size_t films_max) : slots_(std::bit_ceil(2 * films_max + 2)) {}

  /// The film's place; kNone until it is given one.
  std::uint32_t& operator[](MovieKey movie) {
    const std::size_t mask = slots_.size() - 1;
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4)
    std::size_t at = (movie * 0x9E37'79B9'7F4A'7C15ULL >> 32) & mask;
    while (slots_[at].is_used && slots_[at].movie != movie) at = (at + 1) & mask;
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

  std::vector<Slot> slots_;
};

}  // namespace marquee
