#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/factor_model.h"
#include "ports/vector_search.h"

namespace marquee::retrieval {

/// What an approximate search finds of what an exact one finds, and how long it takes for it.
struct RecallReport {
  double recall = 0;  ///< mean share of the exact best `count` that is found
  std::chrono::microseconds median{0};
  std::chrono::microseconds p99{0};
};

/// The vectors of at most `count` of the model's viewers, from all over the table; of its films
/// when it has no viewers. Queries like those that requests make.
std::vector<std::vector<float>> sample_queries(const models::FactorModel& model, std::size_t count);

/// Asks both for the best `count` of each query, and compares. A film that ties with the exact
/// search's last one counts as found.
Result<RecallReport> recall_at(std::size_t count, const VectorSearch& approximate,
                               const VectorSearch& exact,
                               std::span<const std::vector<float>> queries);

}  // namespace marquee::retrieval
