#include "retrieval/exact_search.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "linalg/score_bound.h"
#include "linalg/vector_ops.h"

namespace marquee::retrieval {
ExactVectorSearch::ExactVectorSearch(std::shared_ptr<const models::FactorModel> model,
                                     std::vector<MovieKey> key_of_row)
    : model_(std::move(model)), key_of_row_(std::move(key_of_row)) {
  key_of_row_.resize(model_->items().rows());
}

Result<std::vector<Candidate>> ExactVectorSearch::search(std::span<const float> query,
                                                         std::size_t count,
                                                         const Filter& filter) const {
  if (query.size() != dimensions()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("vector search: the query has {} numbers, the model '{}' has {}",
                             query.size(), model_->version().value(), dimensions())};
  }
  count = std::min(count, key_of_row_.size());
  std::vector<float> scores(key_of_row_.size());
  linalg::scores(model_->items().values, query, scores);
  // What the filter lets through is known only by asking: first the best twice as many as wanted,
  // which is nearly always enough, then twice as many again.
  std::vector<Candidate> best;
  for (std::size_t wanted = 2 * count; count > 0; wanted *= 4) {
    best.clear();
    for (const std::uint32_t row :
         linalg::indices_at_least(scores, linalg::score_bound(scores, wanted))) {
      if (!filter || filter(key_of_row_[row])) best.push_back({key_of_row_[row], scores[row]});
    }
    if (best.size() >= count || wanted >= scores.size()) break;
  }
  if (best.size() > count) {
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count), best.end(),
                     ranks_before);
    best.resize(count);
  }
  std::sort(best.begin(), best.end(), ranks_before);
  return best;
}

}  // namespace marquee::retrieval
