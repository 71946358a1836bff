#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/movie.h"
#include "ports/model_registry.h"

namespace marquee::api {

/// The conservation law in numbers: received = accepted_here + duplicate + rejected for this
/// process, accepted = applied + deduplicated + dead_lettered + pending for the log.
struct Audit {
  std::optional<std::uint64_t> received;  ///< none without a running server
  std::optional<std::uint64_t> duplicate;
  std::optional<std::uint64_t> rejected;
  std::optional<std::uint64_t> accepted_here;  ///< accepted by this process since it started
  std::uint64_t accepted = 0;                  ///< events in the log
  std::uint64_t applied = 0;
  std::uint64_t deduplicated = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t pending = 0;
  bool holds() const;
};

/// {"received",…,"pending","holds"}, null for what is not known.
std::string to_json(const Audit& audit);

/// Health of one dependency.
struct DependencyHealth {
  std::string status = "ok";  ///< ok, degraded, down
  std::int64_t since_ms = 0;
  std::string detail;
};

/// What the process can do for operators and tell of itself. src/app implements it. Every method
/// may block and is called on a Worker, but health(), which is quick. Thread-safe.
class Operations {
 public:
  Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  virtual ~Operations() = default;

  virtual Result<Audit> audit() = 0;

  struct Models {
    std::vector<ModelRecord> models;  ///< newest first
    std::optional<ModelVersion> current;
    std::optional<ModelVersion> previous;
  };
  virtual Result<Models> models() = 0;
  /// Publishes a finished model of the lakehouse and serves it.
  virtual Result<void> promote(const ModelVersion& version) = 0;
  /// Goes back to the model before; returns it.
  virtual Result<ModelVersion> rollback() = 0;

  /// Drops every cached list.
  virtual void invalidate_cache() = 0;

  virtual Result<void> put_movie(const Movie& movie) = 0;
  /// kNotFound when there is no such film.
  virtual Result<void> hide_movie(const MovieId& id) = 0;

  struct Health {
    DependencyHealth events, state, cache, objects, model;
    std::optional<DependencyHealth> retrieval;  ///< none where no server searches
    bool ready = false;
  };
  virtual Health health() const = 0;

  /// What the canary measured lately: from an event sent until it was acknowledged, and until its
  /// viewer's list had changed.
  struct Freshness {
    struct Quantiles {
      double p50 = 0;
      double p99 = 0;
    };
    std::optional<Quantiles> acknowledged_ms;  ///< none before the first success
    std::optional<Quantiles> visible_ms;
    std::uint64_t measured = 0;  ///< successes since the start
    std::uint64_t failed = 0;
    std::uint64_t failed_in_a_row = 0;
    std::optional<std::int64_t> last_success_ms;
  };
  /// None when the canary is off.
  virtual std::optional<Freshness> canary() const { return std::nullopt; }
  /// When the model in service was trained; none without one.
  virtual std::optional<std::int64_t> model_created_ms() const { return std::nullopt; }
  /// What the catalogue came from.
  virtual std::string dataset() const = 0;
};

}  // namespace marquee::api
