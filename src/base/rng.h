#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace marquee {

/// SplitMix64 (Steele, Lea, Flood 2014): a seeded, splittable generator whose stream is the same on
/// every platform and compiler, which std:: distributions are not. Not for secrets. Not
/// thread-safe.
class Rng {
  __extension__ using Wide = unsigned __int128;

 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform in [0, bound); bound > 0. Lemire's multiply-shift, bias below 2^-32 for our bounds.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  /// Standard normal, Box–Muller.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// A generator whose stream is independent of this one's further use.
  Rng split() { return Rng(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace marquee
