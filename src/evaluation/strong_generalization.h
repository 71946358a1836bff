#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "evaluation/estimate.h"
#include "evaluation/user_split.h"
#include "models/factor_model.h"
#include "models/interaction_matrix.h"

namespace marquee::evaluation {

/// Writes a score for every item row of the training matrix into `scores`, from a viewer's history
/// (ascending rows). Called from several threads at once.
using Scorer =
    std::function<Result<void>(std::span<const std::uint32_t> history, std::span<float> scores)>;

/// One ranker's figures for each user, in the users' order.
struct UserScores {
  std::vector<double> recall_20;
  std::vector<double> recall_50;
  std::vector<double> ndcg_100;
  double coverage_20 = 0;  ///< share of all items that stand in at least one top 20
};

/// Ranks all items but each user's history and looks for the targets. The result does not depend on
/// `workers`. Passes a scorer's error on.
Result<UserScores> score_users(std::span<const HeldOutUser> users, std::size_t item_count,
                               const Scorer& scorer, std::size_t workers);

/// Scores items by fold_in of the history against `model`, whose item rows the histories name. The
/// scorer refers to `model`.
Scorer fold_in_scorer(const models::FactorModel& model);

/// Scores items by their number of positives in `train`, the same for everyone.
Scorer popularity_scorer(const models::InteractionMatrix& train);

struct RankerQuality {
  std::string ranker;  ///< "ials", "popularity"
  Estimate recall_20;
  Estimate recall_50;
  Estimate ndcg_100;
  double coverage_20 = 0;
};

RankerQuality summarize(std::string ranker, const UserScores& scores);

struct StrongGeneralizationReport {
  std::uint64_t seed = 0;
  std::size_t train_users = 0;
  std::size_t train_items = 0;
  std::size_t train_positives = 0;
  std::size_t users = 0;  ///< held out, with targets
  RankerQuality ials;
  RankerQuality popularity;
  Estimate ndcg_100_gain;             ///< iALS − popularity, paired by user
  std::vector<double> ials_ndcg_100;  ///< by user, for paired comparison with another run

  /// One object; per-user figures are left out.
  void to_json(JsonWriter& json) const;
  /// A text table for people, several lines.
  std::string to_text() const;
};

enum class HeldOut { kValidation, kTest };

/// The whole protocol: split with `options`, train on the training users, judge on the held-out
/// ones. Choose parameters by kValidation, report kTest. Errors: those of split_users, train_ials.
Result<StrongGeneralizationReport> evaluate_ials(const models::InteractionMatrix& matrix,
                                                 const models::IalsParameters& parameters,
                                                 const SplitOptions& options, std::size_t workers,
                                                 HeldOut held_out = HeldOut::kTest);

/// The same with the protocol's own options but for the seed.
Result<StrongGeneralizationReport> evaluate_ials(const models::InteractionMatrix& matrix,
                                                 const models::IalsParameters& parameters,
                                                 std::uint64_t seed, std::size_t workers);

}  // namespace marquee::evaluation
