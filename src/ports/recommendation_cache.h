#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "domain/cached_list.h"
#include "domain/ids.h"

namespace marquee {

/// L1. May forget anything at any time; never serves what a newer event or generation has
/// overtaken.
///
///   version  bump(user, v) makes every list older than v a miss. A fill is compare-and-set: it is
///            dropped when its profile_version is older than the last bump, so that a slow fill
///            cannot bring back an old list.
///   bounds   entries expire after the TTL and are evicted when the memory bound is met.
///
/// Contract: ports/contract/recommendation_cache_contract.h. Threads: any.
class RecommendationCache {
 public:
  RecommendationCache() = default;
  RecommendationCache(const RecommendationCache&) = delete;
  RecommendationCache& operator=(const RecommendationCache&) = delete;
  virtual ~RecommendationCache() = default;

  /// The list for exactly this generation, if it is there, not older than `version_min` and the
  /// last bump, and not expired. Null otherwise.
  virtual std::shared_ptr<const CachedList> find(const UserId& user,
                                                 const std::optional<ModelVersion>& generation,
                                                 std::uint64_t version_min) = 0;
  virtual void fill(const UserId& user, std::shared_ptr<const CachedList> list) = 0;
  virtual void bump(const UserId& user, std::uint64_t version) = 0;
  /// Drops everything, for publish and for operators.
  virtual void clear() = 0;
  virtual std::size_t bytes() const = 0;
};

}  // namespace marquee
