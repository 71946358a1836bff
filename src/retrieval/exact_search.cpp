#include "retrieval/exact_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "linalg/vector_ops.h"

namespace marquee::retrieval {
namespace {

/// The order of results: larger score first, then smaller key.
bool better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.movie < b.movie;
}

}  // namespace

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
  std::vector<Candidate> best;  // a heap whose front is the worst of the best
  if (count == 0) return best;
  best.reserve(std::min(count, key_of_row_.size()));
  std::vector<float> scores(key_of_row_.size());
  linalg::scores(model_->items().values, query, scores);
  for (std::size_t row = 0; row < scores.size(); ++row) {
    const Candidate candidate{key_of_row_[row], scores[row]};
    const bool full = best.size() == count;
    if (full && !better(candidate, best.front())) continue;  // the usual case: no filter call
    if (std::isnan(candidate.score) || (filter && !filter(candidate.movie))) continue;
    if (full) {
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
    best.push_back(candidate);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort_heap(best.begin(), best.end(), better);
  return best;
}

}  // namespace marquee::retrieval
