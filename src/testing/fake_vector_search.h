#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "ports/vector_search.h"

namespace marquee::testing {

/// A VectorSearch that looks at every vector and sorts everything. Sums in double. Immutable once
/// filled; thread-safe then.
class FakeVectorSearch final : public VectorSearch {
 public:
  explicit FakeVectorSearch(std::size_t dimensions) : dimensions_(dimensions) {}

  /// `vector` has `dimensions` numbers.
  void add(MovieKey movie, std::vector<float> vector) { vectors_[movie] = std::move(vector); }

  std::size_t dimensions() const override { return dimensions_; }

  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    if (query.size() != dimensions_) {
      return Error{ErrorCode::kInvalidArgument, "the query has another length"};
    }
    std::vector<Candidate> found;
    for (const auto& [movie, vector] : vectors_) {
      if (filter && !filter(movie)) continue;
      double score = 0;
      for (std::size_t d = 0; d < dimensions_; ++d) score += double{vector[d]} * double{query[d]};
      found.push_back({movie, static_cast<float>(score)});
    }
    // the map is in order of key, so a stable sort leaves ties by smaller key
    std::stable_sort(found.begin(), found.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    found.resize(std::min(count, found.size()));
    return found;
  }

 private:
  const std::size_t dimensions_;
  std::map<MovieKey, std::vector<float>> vectors_;
};

}  // namespace marquee::testing
