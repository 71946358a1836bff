#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "gateway/gcra.h"

namespace marquee::gateway {

/// A limit for each of many clients, in memory of a fixed size (16 bytes a place, 131,072 places).
/// Places are in sets of eight; a client's set follows from a hash with a key of the process. In a
/// full set the client nearest to a full allowance gives way, and one whose time has passed costs
/// nothing to forget: so a flood of addresses that ask once each cannot bring back the allowance of
/// one that has used it up. Thread-safe; a lock guards one 64th of the sets.
class RateLimiter {
 public:
  explicit RateLimiter(const Gcra& limit) : RateLimiter(limit, kSets) {}
  /// `sets`: a power of two, at least kShards.
  RateLimiter(const Gcra& limit, std::size_t sets);

  /// Counts a request of `client` (not 0), at `now` nanoseconds of a clock that never goes back.
  Gcra::Decision ask(std::uint64_t client, std::int64_t now);
  const Gcra& limit() const { return limit_; }

  static constexpr std::size_t kShards = 64;

 private:
  static constexpr std::size_t kSets = 16'384;

  struct Place {
    std::uint64_t client = 0;  ///< 0: free
    std::int64_t tat = 0;
  };
  using Set = std::array<Place, 8>;
  struct alignas(64) Shard {
    std::mutex mutex;
  };

  const Gcra limit_;
  const std::size_t set_mask_;
  std::unique_ptr<Set[]> sets_;
  std::array<Shard, kShards> shards_;
};

}  // namespace marquee::gateway
