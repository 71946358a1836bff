#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/event_log.h"
#include "ports/profile_store.h"
#include "speed/live_state.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// Folds the log into viewers' and catalogue state, on a thread of its own: reads a batch, applies
/// it with fold.h, stores it with its cursor in one transaction, then publishes it to the
/// FoldedState and tells `on_change`. A store that is away is retried with backoff; nothing is
/// published that is not stored.
class FoldProcessor : public LiveState {
 public:
  struct Options {
    std::size_t batch_events_max = 1'024;
    std::chrono::milliseconds wait{50};
    std::chrono::milliseconds backoff_min{10};  ///< after a failure; doubles
    std::chrono::milliseconds backoff_max{1'000};
    /// Called with the stored cursor after every step, before on_change; may be empty. On the
    /// fold's thread, on start()'s while it catches up.
    std::function<void(const Cursor&)> on_stored = nullptr;
  };
  /// Called after a viewer's profile changed, on the fold's thread.
  using OnChange = std::function<void(const UserId&, std::uint64_t version)>;

  /// Loads the stored state, then folds what the log has beyond it until caught up. Errors: those
  /// of the store and the log (kDataLoss when the log ends before the stored cursor). The
  /// references must outlive what is returned. `on_change` may be empty.
  static Result<std::unique_ptr<FoldProcessor>> start(EventLog& log, ProfileStore& store,
                                                      MovieTable& movies, const Clock& clock,
                                                      telemetry::Metrics& metrics,
                                                      OnChange on_change, Options options);
  /// As start(), but loads only and has no thread: who drives it calls step(). This is how a
  /// simulation decides what happens when.
  static Result<std::unique_ptr<FoldProcessor>> load(EventLog& log, ProfileStore& store,
                                                     MovieTable& movies, const Clock& clock,
                                                     telemetry::Metrics& metrics,
                                                     OnChange on_change, Options options);

  /// Folds, stores and shows one batch on the caller's thread, waiting up to `wait` for its first
  /// event. After an error the next step goes on with the very same batch. Only after load().
  virtual Result<void> step(std::chrono::milliseconds wait) = 0;
};

}  // namespace marquee::speed
