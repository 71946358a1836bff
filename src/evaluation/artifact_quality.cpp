#include "evaluation/artifact_quality.h"

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "evaluation/strong_generalization.h"
#include "models/fold_in.h"
#include "models/item_scores.h"

namespace marquee::evaluation {
namespace {

/// Scores the columns of a matrix by a model whose item rows are others.
Scorer mapped_scorer(const models::FactorModel& model, const models::InteractionMatrix& matrix) {
  std::vector<std::optional<std::uint32_t>> rows;
  rows.reserve(matrix.item_ids.size());
  for (const auto& id : matrix.item_ids) rows.push_back(model.item_row(id));
  return [&model, rows = std::move(rows)](std::span<const std::uint32_t> history,
                                          std::span<float> scores) -> Result<void> {
    std::vector<models::WeightedItem> known;
    for (const std::uint32_t column : history) {
      if (rows[column]) known.push_back({.row = *rows[column]});
    }
    MARQUEE_TRY(const std::vector<float> vector, models::fold_in(model, known));
    std::vector<float> by_row(model.items().rows());
    models::score_items(model, vector, by_row);
    for (std::size_t column = 0; column < rows.size(); ++column) {
      scores[column] =
          rows[column] ? by_row[*rows[column]] : -std::numeric_limits<float>::infinity();
    }
    return {};
  };
}

}  // namespace

Result<std::vector<double>> artifact_ndcg_100(const models::InteractionMatrix& matrix,
                                              const models::FactorModel& model,
                                              const SplitOptions& options, std::size_t workers) {
  MARQUEE_TRY(const UserSplit split, split_users(matrix, options));
  if (split.test.empty()) {
    return Error{ErrorCode::kFailedPrecondition,
                 "cannot evaluate: no held-out user has enough positives on known films"};
  }
  MARQUEE_TRY(UserScores scores, score_users(split.test, split.train.item_ids.size(),
                                             mapped_scorer(model, split.train), workers));
  return std::move(scores.ndcg_100);
}

}  // namespace marquee::evaluation
