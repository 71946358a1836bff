#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/interaction_matrix.h"

namespace marquee::evaluation {

/// Strong generalisation (Liang et al. 2018; google-research ials/vae_benchmarks): the model never
/// sees the users it is judged on. The constants of the papers, made relative to the data set.
struct SplitOptions {
  std::uint64_t seed = 1;
  double held_out_share = 0.1;        ///< of the users, for validation and again for test
  std::size_t held_out_max = 10'000;  ///< each
  std::size_t positives_min = 5;      ///< users with fewer are left out altogether
  double target_share = 0.2;          ///< of a held-out user's positives
};

/// A viewer the model has not seen, in item rows of the training matrix, both ascending.
struct HeldOutUser {
  std::vector<std::uint32_t> history;  ///< to fold in
  std::vector<std::uint32_t> targets;  ///< to be found again; not empty

  bool operator==(const HeldOutUser&) const = default;
};

struct UserSplit {
  models::InteractionMatrix train;
  std::vector<HeldOutUser> validation;
  std::vector<HeldOutUser> test;
};

/// Users with enough positives are shuffled; the first are trained on, the next validate, the last
/// test. Held-out positives on items that training does not know are dropped; a held-out user with
/// fewer than positives_min left is dropped too, of the others ⌊target_share·n⌋ positives become
/// targets. Same matrix and options, same split. kFailedPrecondition when there are too few users.
Result<UserSplit> split_users(const models::InteractionMatrix& matrix, const SplitOptions& options);

/// The rows of `users` as a matrix of their own, ids ascending; items without a positive go.
models::InteractionMatrix select_users(const models::InteractionMatrix& matrix,
                                       std::span<const std::uint32_t> users);

}  // namespace marquee::evaluation
