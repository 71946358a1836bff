#include "evaluation/strong_generalization.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>

#include "base/parallel_for.h"
#include "evaluation/ranking_metrics.h"
#include "models/fold_in.h"
#include "models/ials_trainer.h"
#include "models/item_scores.h"

namespace marquee::evaluation {
namespace {

constexpr std::size_t kListLength = 100;

/// Scores one user's list and marks its first 20.
class UserJudge {
 public:
  UserJudge(std::size_t item_count, const Scorer& scorer)
      : scorer_(scorer), scores_(item_count), shown_(item_count) {}

  Result<void> judge(const HeldOutUser& user, std::size_t index, UserScores& out) {
    MARQUEE_CHECK(scorer_(user.history, scores_));
    for (const std::uint32_t seen : user.history) {
      scores_[seen] = -std::numeric_limits<float>::infinity();
    }
    const std::vector<std::uint32_t> ranked = models::best_items(scores_, kListLength);
    out.recall_20[index] = recall_at_k(ranked, user.targets, 20);
    out.recall_50[index] = recall_at_k(ranked, user.targets, 50);
    out.ndcg_100[index] = ndcg_at_k(ranked, user.targets, 100);
    for (std::size_t i = 0; i < std::min<std::size_t>(20, ranked.size()); ++i) {
      shown_[ranked[i]] = true;
    }
    return {};
  }

  const std::vector<bool>& shown() const { return shown_; }

 private:
  const Scorer& scorer_;
  std::vector<float> scores_;
  std::vector<bool> shown_;
};

}  // namespace

Result<UserScores> score_users(std::span<const HeldOutUser> users, std::size_t item_count,
                               const Scorer& scorer, std::size_t workers) {
  workers = std::max<std::size_t>(1, workers);
  UserScores result;
  for (auto* figures : {&result.recall_20, &result.recall_50, &result.ndcg_100}) {
    figures->resize(users.size());
  }
  std::vector<UserJudge> judges(workers, UserJudge(item_count, scorer));
  std::mutex mutex;
  std::optional<Error> failure;
  parallel_for(workers, users.size(), 8, [&](std::size_t worker, std::size_t index) {
    auto judged = judges[worker].judge(users[index], index, result);
    if (judged.ok()) return;
    const std::lock_guard lock(mutex);
    failure = judged.error();
  });
  if (failure) return *failure;
  std::size_t shown = 0;
  for (std::size_t item = 0; item < item_count; ++item) {
    shown += std::any_of(judges.begin(), judges.end(),
                         [&](const UserJudge& judge) { return judge.shown()[item]; });
  }
  if (item_count > 0) {
    result.coverage_20 = static_cast<double>(shown) / static_cast<double>(item_count);
  }
  return result;
}

Scorer fold_in_scorer(const models::FactorModel& model) {
  return [&model](std::span<const std::uint32_t> history, std::span<float> scores) -> Result<void> {
    std::vector<models::WeightedItem> items;
    for (const std::uint32_t row : history) items.push_back({.row = row});
    MARQUEE_TRY(const std::vector<float> vector, models::fold_in(model, items));
    models::score_items(model, vector, scores);
    return {};
  };
}

Scorer popularity_scorer(const models::InteractionMatrix& train) {
  std::vector<float> counts;
  for (std::size_t item = 0; item < train.item_ids.size(); ++item) {
    counts.push_back(static_cast<float>(train.by_item.columns_of(item).size()));
  }
  return [counts = std::move(counts)](std::span<const std::uint32_t>,
                                      std::span<float> scores) -> Result<void> {
    std::copy(counts.begin(), counts.end(), scores.begin());
    return {};
  };
}

RankerQuality summarize(std::string ranker, const UserScores& scores) {
  return {.ranker = std::move(ranker),
          .recall_20 = estimate(scores.recall_20),
          .recall_50 = estimate(scores.recall_50),
          .ndcg_100 = estimate(scores.ndcg_100),
          .coverage_20 = scores.coverage_20};
}

Result<StrongGeneralizationReport> evaluate_ials(const models::InteractionMatrix& matrix,
                                                 const models::IalsParameters& parameters,
                                                 const SplitOptions& options, std::size_t workers,
                                                 HeldOut held_out) {
  MARQUEE_TRY(const UserSplit split, split_users(matrix, options));
  const auto& users = held_out == HeldOut::kTest ? split.test : split.validation;
  if (users.empty()) {
    return Error{ErrorCode::kFailedPrecondition,
                 "cannot evaluate: no held-out user has enough positives on known films"};
  }
  MARQUEE_TRY(const models::FactorModel model,
              models::train_ials(split.train, parameters, ModelVersion("evaluation"), workers));
  const std::size_t items = split.train.item_ids.size();
  MARQUEE_TRY(UserScores ials, score_users(users, items, fold_in_scorer(model), workers));
  MARQUEE_TRY(const UserScores popularity,
              score_users(users, items, popularity_scorer(split.train), workers));
  StrongGeneralizationReport report;
  report.seed = options.seed;
  report.train_users = split.train.user_ids.size();
  report.train_items = items;
  report.train_positives = split.train.by_user.columns.size();
  report.users = users.size();
  report.ials = summarize("ials", ials);
  report.popularity = summarize("popularity", popularity);
  report.ndcg_100_gain = paired_difference(ials.ndcg_100, popularity.ndcg_100);
  report.ials_ndcg_100 = std::move(ials.ndcg_100);
  return report;
}

Result<StrongGeneralizationReport> evaluate_ials(const models::InteractionMatrix& matrix,
                                                 const models::IalsParameters& parameters,
                                                 std::uint64_t seed, std::size_t workers) {
  return evaluate_ials(matrix, parameters, SplitOptions{.seed = seed}, workers);
}

}  // namespace marquee::evaluation
