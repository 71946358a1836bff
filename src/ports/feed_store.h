#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/recommendation.h"

namespace marquee {

/// The batch layer's lists at rest (L3): for each generation, every viewer's top N.
///
/// A generation is written whole before any pointer names it, is immutable afterwards, and is
/// dropped when nothing names it any more.
/// Contract: ports/contract/feed_store_contract.h. Threads: any.
class FeedStore {
 public:
  /// Hands out the next viewer's list, best first; none at the end.
  using Lists = std::function<Result<std::optional<std::pair<UserId, std::vector<ScoredMovie>>>>()>;

  FeedStore() = default;
  FeedStore(const FeedStore&) = delete;
  FeedStore& operator=(const FeedStore&) = delete;
  virtual ~FeedStore() = default;

  /// Writes `generation`, replacing what an earlier, broken attempt left of it; all or nothing.
  virtual Result<void> put(const ModelVersion& generation, const Lists& lists) = 0;
  /// The viewer's list in `generation`, best first; empty when there is none.
  virtual Result<std::vector<ScoredMovie>> find(const ModelVersion& generation,
                                                const UserId& user) const = 0;
  /// Every generation present.
  virtual Result<std::vector<ModelVersion>> generations() const = 0;
  virtual Result<void> drop(const ModelVersion& generation) = 0;
};

}  // namespace marquee
