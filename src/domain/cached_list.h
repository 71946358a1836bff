#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "domain/recommendation.h"

namespace marquee {

/// A cached list: the unfiltered top of one viewer, for one generation and one profile version.
struct CachedList {
  std::optional<ModelVersion> generation;
  std::uint64_t profile_version = 0;
  std::vector<Candidate> items;  ///< best first, scores in [0, 1]
  Source computed_by = Source::kPopular;
  std::int64_t generated_at_ms = 0;

  bool operator==(const CachedList&) const = default;
};

/// About what a list takes in memory behind a shared pointer.
inline std::size_t memory_of(const CachedList& list) {
  constexpr std::size_t kSharedOverheadBytes = 64;
  return sizeof(CachedList) + kSharedOverheadBytes + list.items.capacity() * sizeof(Candidate) +
         (list.generation ? list.generation->value().size() : 0);
}

}  // namespace marquee
