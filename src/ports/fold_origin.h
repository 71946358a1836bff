#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/offset.h"

namespace marquee {

/// Which log of events it is, where there can be more than one.
struct LogOrigin {
  std::string cluster_id;
  std::int32_t partitions = 0;
  std::string topic;

  bool operator==(const LogOrigin&) const = default;
};

/// An event as the fold met it in the log.
struct FoldedEvent {
  Offset offset;
  UserId user_id;
  EventId event_id;

  bool operator==(const FoldedEvent&) const = default;
};

/// From which log the stored state was folded: its cursor means nothing on another one. Kept beside
/// the cursor.
///
/// Contract: ports/contract/fold_origin_contract.h. Threads: any.
class FoldOrigin {
 public:
  FoldOrigin() = default;
  FoldOrigin(const FoldOrigin&) = delete;
  FoldOrigin& operator=(const FoldOrigin&) = delete;
  virtual ~FoldOrigin() = default;

  /// None before the first set_origin(). Outlives ProfileStore::reset().
  virtual Result<std::optional<LogOrigin>> origin() const = 0;
  virtual Result<void> set_origin(const LogOrigin& origin) = 0;

  /// The last event in a viewer's history of each partition of a shared log, by partition. By them
  /// a log is known again, whatever it calls itself.
  virtual Result<std::vector<FoldedEvent>> last_applied() const = 0;
};

}  // namespace marquee
