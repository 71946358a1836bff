#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "ports/run_store.h"
#include "scheduling/catch_up.h"
#include "scheduling/cron.h"
#include "scheduling/lease_keeper.h"
#include "scheduling/run_execution.h"
#include "scheduling/run_metrics.h"
#include "scheduling/stage_runner.h"
#include "telemetry/metrics.h"

namespace marquee::scheduling {

/// What a run that is triggered by hand may be told.
struct RunParams {
  std::optional<std::string> logical_date;  ///< YYYY-MM-DD; the day before today (UTC) when absent
};

/// Runs the batch pipeline when its schedule says so and when an operator does: each logical date
/// once, one run at a time, however many schedulers share the store. Only the holder of the lease
/// acts; what it does is fenced by the lease's token, so that a scheduler which was paused and
/// comes back finds its writes refused and gives up what it was doing.
///
/// A run that is found running when the lease is taken was left behind by a scheduler that died; it
/// goes on from its first stage that has not succeeded. Thread-safe.
class Scheduler {
 public:
  struct Options {
    std::optional<Cron> cron;  ///< none: only runs that are triggered by hand
    CatchUp catch_up = CatchUp::kLatest;
    std::size_t catch_up_max = 7;  ///< of CatchUp::kAll
    ExecutionOptions execution;
    std::chrono::milliseconds lease_ttl{30'000};
    std::size_t keep_runs = 100;
    std::string holder;  ///< names this scheduler among those that share the store
  };
  struct Ports {
    RunStore& store;
    StageRunner& runner;
    const Clock& clock;
    telemetry::Metrics& metrics;
  };

  Scheduler(const Ports& ports, Options options);
  /// As stop().
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Calls step() once, so that a free lease is held when this returns, and then from a thread of
  /// its own until stop().
  void start();
  /// Ends the stage under way, queues its run again for whoever comes next, frees the lease.
  void stop();

  /// Does what is due now and waits for nothing; returns how soon it wants to be called again. For
  /// tests, instead of start().
  std::chrono::milliseconds step();

  /// Queues a run. kNotFound for an unknown pipeline, kInvalidArgument for wrong parameters,
  /// kConflict while another run is active, kUnavailable while another scheduler holds the lease.
  Result<Run> trigger(std::string_view pipeline, const RunParams& params);
  /// Ends an active run; it is cancelled when its stage has ended. kNotFound, kConflict when it has
  /// ended already, kUnavailable as above.
  Result<Run> cancel(const std::string& run_id);
  /// Queues a failed or cancelled run again, from its first stage that has not succeeded.
  /// kNotFound, kConflict in any other state or while another run is active, kUnavailable as above.
  Result<Run> retry(const std::string& run_id);

 private:
  void loop();
  Result<void> work(std::uint64_t token);
  Result<void> advance(std::uint64_t token);
  Result<void> choose(std::uint64_t token);
  Result<void> schedule(std::uint64_t token);
  Result<void> take_over(std::uint64_t token);
  void note(const Error& error);
  /// The token, or kUnavailable naming the holder.
  Result<std::uint64_t> writing_token() const;
  Result<Run> find(const std::string& run_id) const;

  const Ports ports_;
  const Options options_;
  RunMetrics metrics_;

  std::mutex mutex_;  ///< all below
  std::condition_variable wake_;
  LeaseKeeper lease_;
  std::optional<std::uint64_t> acting_as_;  ///< the token that execution_ writes with
  std::unique_ptr<RunExecution> execution_;
  std::string last_problem_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace marquee::scheduling
