#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/offset.h"
#include "domain/user_profile.h"
#include "ports/profile_store.h"

namespace marquee {

/// How far the stored state is, and since which rebuild.
struct FoldPosition {
  FoldedTotals folded;
  std::uint64_t rebuilds = 0;  ///< grows with every ProfileStore::reset(): what was read is void
};

/// The folded state at rest as it grows under other processes' folds: how a process that serves but
/// does not fold keeps up. What else the state has (counts, transitions) follows from the profiles.
///
/// Contract: ports/contract/fold_changes_contract.h. Threads: any.
class FoldChanges {
 public:
  FoldChanges() = default;
  FoldChanges(const FoldChanges&) = delete;
  FoldChanges& operator=(const FoldChanges&) = delete;
  virtual ~FoldChanges() = default;

  /// Calls back with every profile whose last applied event is not behind `seen`, as it stands now;
  /// with every profile there is when nothing was seen yet or `seen` is from before a rebuild. All
  /// from one snapshot, whose position is returned. Costs what changed, not what is stored.
  virtual Result<FoldPosition> changes(
      const std::optional<FoldPosition>& seen,
      const std::function<void(UserId, UserProfile)>& profile) const = 0;

  /// Waits until the stored position may differ from `seen`: at once when it does, else with the
  /// next step, and no longer than `wait`. May return early.
  virtual Result<void> wait_for_change(const FoldPosition& seen,
                                       std::chrono::milliseconds wait) const = 0;
};

}  // namespace marquee
