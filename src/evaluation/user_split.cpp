#include "evaluation/user_split.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/rng.h"

namespace marquee::evaluation {
namespace {

constexpr std::uint32_t kNoItem = std::numeric_limits<std::uint32_t>::max();

void shuffle(std::span<std::uint32_t> values, Rng& rng) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
}

/// For each item of `from`, its row in `to`, or kNoItem. Both have ascending ids.
std::vector<std::uint32_t> map_items(const models::InteractionMatrix& from,
                                     const models::InteractionMatrix& to) {
  std::vector<std::uint32_t> row_of;
  std::uint32_t row = 0;
  for (const std::string& id : from.item_ids) {
    const bool known = row < to.item_ids.size() && to.item_ids[row] == id;
    row_of.push_back(known ? row++ : kNoItem);
  }
  return row_of;
}

std::vector<HeldOutUser> hold_out(const models::InteractionMatrix& matrix,
                                  std::span<const std::uint32_t> users,
                                  std::span<const std::uint32_t> train_row,
                                  const SplitOptions& options, Rng& rng) {
  std::vector<HeldOutUser> result;
  for (const std::uint32_t user : users) {
    Rng user_rng = rng.split();  // so that dropping one user does not change the next
    std::vector<std::uint32_t> known;
    for (const std::uint32_t item : matrix.by_user.columns_of(user)) {
      if (train_row[item] != kNoItem) known.push_back(train_row[item]);
    }
    const auto count = static_cast<std::size_t>(
        std::floor(options.target_share * static_cast<double>(known.size())));
    if (known.size() < options.positives_min || count == 0 || count >= known.size()) continue;
    shuffle(known, user_rng);
    const auto middle = known.begin() + static_cast<std::ptrdiff_t>(count);
    HeldOutUser held_out{.history = {middle, known.end()}, .targets = {known.begin(), middle}};
    std::sort(held_out.history.begin(), held_out.history.end());
    std::sort(held_out.targets.begin(), held_out.targets.end());
    result.push_back(std::move(held_out));
  }
  return result;
}

}  // namespace

models::InteractionMatrix select_users(const models::InteractionMatrix& matrix,
                                       std::span<const std::uint32_t> users) {
  std::vector<std::uint32_t> ascending(users.begin(), users.end());
  std::sort(ascending.begin(), ascending.end());
  std::vector<std::uint32_t> row_of(matrix.item_ids.size(), kNoItem);
  for (const std::uint32_t user : ascending) {
    for (const std::uint32_t item : matrix.by_user.columns_of(user)) row_of[item] = 0;
  }
  models::InteractionMatrix selected;
  for (std::size_t item = 0; item < row_of.size(); ++item) {
    if (row_of[item] == kNoItem) continue;
    row_of[item] = static_cast<std::uint32_t>(selected.item_ids.size());
    selected.item_ids.push_back(matrix.item_ids[item]);
  }
  for (const std::uint32_t user : ascending) {
    selected.user_ids.push_back(matrix.user_ids[user]);
    for (const std::uint32_t item : matrix.by_user.columns_of(user)) {
      selected.by_user.columns.push_back(row_of[item]);
    }
    const auto weights = matrix.by_user.weights_of(user);
    selected.by_user.weights.insert(selected.by_user.weights.end(), weights.begin(), weights.end());
    selected.by_user.starts.push_back(selected.by_user.columns.size());
  }
  selected.by_item = models::transpose(selected.by_user, selected.item_ids.size());
  return selected;
}

Result<UserSplit> split_users(const models::InteractionMatrix& matrix,
                              const SplitOptions& options) {
  std::vector<std::uint32_t> users;
  for (std::uint32_t user = 0; user < matrix.user_ids.size(); ++user) {
    if (matrix.by_user.columns_of(user).size() >= options.positives_min) users.push_back(user);
  }
  const auto held_out = std::min(
      options.held_out_max,
      static_cast<std::size_t>(options.held_out_share * static_cast<double>(users.size())));
  if (held_out == 0 || users.size() <= 2 * held_out) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("cannot evaluate: only {} users have {} positives or more, and {} % "
                             "of them must make two groups beside the rest",
                             users.size(), options.positives_min, 100 * options.held_out_share)};
  }
  Rng rng(options.seed);
  shuffle(users, rng);
  const std::span<const std::uint32_t> all(users);
  UserSplit split;
  split.train = select_users(matrix, all.first(users.size() - 2 * held_out));
  const std::vector<std::uint32_t> train_row = map_items(matrix, split.train);
  split.validation =
      hold_out(matrix, all.last(2 * held_out).first(held_out), train_row, options, rng);
  split.test = hold_out(matrix, all.last(held_out), train_row, options, rng);
  return split;
}

}  // namespace marquee::evaluation
