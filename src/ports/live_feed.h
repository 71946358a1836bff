#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/recommendation.h"

namespace marquee {

/// What the live tier has for a viewer, and for which moment that is right.
struct LiveList {
  ModelVersion generation;
  std::uint64_t version = 0;  ///< of the viewer's profile
  std::string recipe;         ///< which settings made it (serving/live_tier.h)
  std::vector<ScoredMovie> items;

  bool operator==(const LiveList&) const = default;
};

/// Lists of the live tier (L2) that were made ahead by whoever folded the viewer's last event: the
/// Spark job. One a viewer, the newest; whoever reads it compares what it is for. A shortcut:
/// nothing depends on a list being there.
///
/// Contract: ports/contract/live_feed_contract.h. Threads: any.
class LiveFeed {
 public:
  using Entry = std::pair<UserId, LiveList>;

  LiveFeed() = default;
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;
  virtual ~LiveFeed() = default;

  /// Stores all of `lists` or none; a list of an older version does not replace a newer one of the
  /// same generation. At most one of a viewer.
  virtual Result<void> put(const std::vector<Entry>& lists) = 0;
  virtual Result<std::optional<LiveList>> find(const UserId& user) const = 0;
};

}  // namespace marquee
