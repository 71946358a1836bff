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
#include "speed/write_behind.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// Folds the log into viewers' and catalogue state, on a thread of its own: reads a batch, applies
/// it with fold.h, publishes it to the FoldedState and tells `on_change`. State and cursor are
/// stored behind that (write_behind.h): what is shown is durable in the log, and a start folds it
/// again from the stored cursor. A store that is away is retried with backoff; the fold goes on
/// without it up to a limit.
class FoldProcessor : public LiveState {
 public:
  struct Options {
    std::size_t batch_events_max = 1'024;
    std::chrono::milliseconds wait{50};
    std::chrono::milliseconds backoff_min{10};  ///< after a failure; doubles
    std::chrono::milliseconds backoff_max{1'000};
    WriteBehind::Options behind = {};
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

  /// Folds and shows one batch on the caller's thread, waiting up to `wait` for its first event.
  /// After an error the next step goes on with the very same batch. Only after load().
  virtual Result<void> step(std::chrono::milliseconds wait) = 0;
  /// Stores what is shown. Only after load().
  virtual Result<void> store() = 0;

  /// The stored state and what is shown beyond it, to read.
  virtual const ProfileStore& profiles() const = 0;
  /// Events that are shown and not stored.
  virtual QueueState unstored() const = 0;
};

}  // namespace marquee::speed
