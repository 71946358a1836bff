#pragma once

#include "base/queue_state.h"
#include "base/result.h"
#include "ports/folded_state.h"
#include "ports/profile_store.h"

namespace marquee::speed {

/// The folded state in this process's memory, whoever folds: FoldProcessor here, StateFollower
/// where other processes do. Threads: any.
class LiveState {
 public:
  LiveState() = default;
  LiveState(const LiveState&) = delete;
  LiveState& operator=(const LiveState&) = delete;
  virtual ~LiveState() = default;

  virtual FoldedState& state() = 0;
  virtual FoldTotals totals() const = 0;
  /// Who waits for an event to be applied.
  virtual QueueState waiters() const = 0;
  /// Ok while the state keeps up; else why not.
  virtual Result<void> health() const = 0;
  /// Finishes the step under way and stops.
  virtual void stop() = 0;
};

}  // namespace marquee::speed
