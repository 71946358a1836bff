#pragma once

#include <memory>
#include <vector>

#include "linalg/quantized_matrix.h"
#include "models/factor_model.h"
#include "ports/vector_search.h"

namespace marquee::retrieval {

/// VectorSearch by one sweep over every item vector of a model in 8 bits, which fit where the
/// processor is quick, and then the float32 products of those that may be among the best. Exact:
/// it finds what a float32 sweep finds (linalg/quantized_matrix.h). Immutable; thread-safe.
class ExactVectorSearch final : public VectorSearch {
 public:
  /// `key_of_row[r]` is the film of item row r; one for every row.
  ExactVectorSearch(std::shared_ptr<const models::FactorModel> model,
                    std::vector<MovieKey> key_of_row);

  std::size_t dimensions() const override { return model_->k(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override;

 private:
  std::shared_ptr<const models::FactorModel> model_;
  std::vector<MovieKey> key_of_row_;
  linalg::QuantizedMatrix quantized_;
};

}  // namespace marquee::retrieval
