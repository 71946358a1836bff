#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "ports/recommendation_cache.h"

namespace marquee::embedded {

/// L1 in the process: lists in shards, each with its lock, an LRU order and its share of the memory
/// bound. Expiry runs on the steady clock. `clock` must outlive it.
///
/// A bump is remembered beside the list and survives it: expiry, eviction and clear() take lists
/// only; those of one viewer must come in order. Bumps without a list may hold a quarter of the
/// bound; the oldest beyond that move into a small table of slots that many viewers share, where a
/// slot keeps the largest version it met. So nothing is ever forgotten downwards: a stale fill
/// stays out for good, at the price that a viewer who shares both of their slots with longer
/// histories may go uncached until their next event.
class TtlCache final : public RecommendationCache {
 public:
  struct Options {
    std::size_t bytes_max = std::size_t{64} << 20;  ///< all of it: lists, bumps and slots
    std::chrono::milliseconds ttl{3'600'000};
    std::size_t shards = 16;
  };
  TtlCache(const Clock& clock, Options options);
  ~TtlCache() override;

  std::shared_ptr<const CachedList> find(const UserId& user,
                                         const std::optional<ModelVersion>& generation,
                                         std::uint64_t version_min) override;
  /// A list that alone exceeds a shard's share is dropped.
  void fill(const UserId& user, std::shared_ptr<const CachedList> list) override;
  void bump(const UserId& user, std::uint64_t version) override;
  void clear() override;
  std::size_t bytes() const override;

 private:
  class Shard;

  Shard& shard_of(std::uint64_t hash) const;

  const Clock& clock_;
  const Options options_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace marquee::embedded
