#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "domain/ids.h"
#include "domain/recommendation.h"

namespace marquee {

/// A cached list: the unfiltered top of one viewer, for one generation and one profile version.
struct CachedList {
  std::optional<ModelVersion> generation;
  std::uint64_t profile_version = 0;
  std::vector<Candidate> items;  ///< best first, scores in [0, 1]
  Source computed_by = Source::kPopular;
  std::int64_t generated_at_ms = 0;
};

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
