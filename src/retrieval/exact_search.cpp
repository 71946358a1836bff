#include "retrieval/exact_search.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "retrieval/largest_products.h"

namespace marquee::retrieval {

ExactVectorSearch::ExactVectorSearch(std::shared_ptr<const models::FactorModel> model,
                                     std::vector<MovieKey> key_of_row)
    : model_(std::move(model)),
      key_of_row_(std::move(key_of_row)),
      quantized_(model_->items().values, model_->k()) {
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
  constexpr float kAny = -std::numeric_limits<float>::infinity();
  std::vector<Candidate> best;
  for (const linalg::Scored& film :
       largest_products(quantized_, model_->items().values, query, count, kAny,
                        [&](std::uint32_t row) { return !filter || filter(key_of_row_[row]); })) {
    best.push_back({key_of_row_[film.index], film.score});
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
