#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "ports/fold_changes.h"
#include "speed/live_state.h"
#include "speed/own_steps.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// Keeps a FoldedState in step with what other processes fold and store, on a thread of its own:
/// reads the profiles that changed, and shows them with what follows from them. While the store is
/// away the state stays as it is and is served on.
///
/// What a fold in this process stores it shows as it is told (OwnSteps), on the fold's thread, when
/// that follows on what it has and it is not reading; else it reads that too.
class StateFollower : public LiveState, public OwnSteps {
 public:
  struct Options {
    std::chrono::milliseconds wait{1'000};  ///< looks again at least so often
    std::chrono::milliseconds backoff_min{10};
    std::chrono::milliseconds backoff_max{1'000};
  };
  /// Called after a viewer's profile changed, on the follower's thread or the fold's, one at a
  /// time.
  using OnChange = std::function<void(const UserId&, std::uint64_t version)>;

  /// Loads the stored state, then follows it. Errors: those of the store. The references must
  /// outlive what is returned. `on_change` may be empty.
  static Result<std::unique_ptr<StateFollower>> start(const FoldChanges& changes,
                                                      const Clock& clock,
                                                      telemetry::Metrics& metrics,
                                                      OnChange on_change, Options options);
  /// As start(), without a thread: who drives it calls step().
  static Result<std::unique_ptr<StateFollower>> load(const FoldChanges& changes, const Clock& clock,
                                                     telemetry::Metrics& metrics,
                                                     OnChange on_change, Options options);

  /// Waits up to `wait` for a change and shows what has changed.
  virtual Result<void> step(std::chrono::milliseconds wait) = 0;
};

}  // namespace marquee::speed
