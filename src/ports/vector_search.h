#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/recommendation.h"

namespace marquee {

/// Nearest item vectors by inner product, of one generation.
///
/// Contract: ports/contract/vector_search_contract.h. Threads: any.
class VectorSearch {
 public:
  /// True for films that may be returned.
  using Filter = std::function<bool(MovieKey)>;

  VectorSearch() = default;
  VectorSearch(const VectorSearch&) = delete;
  VectorSearch& operator=(const VectorSearch&) = delete;
  virtual ~VectorSearch() = default;

  /// Length of every vector.
  virtual std::size_t dimensions() const = 0;
  /// The at most `count` films of largest inner product with `query` that pass `filter` (all when
  /// empty), best first, ties by smaller key. kInvalidArgument when query.size() != dimensions().
  virtual Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                                const Filter& filter) const = 0;
};

}  // namespace marquee
