#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/event.h"
#include "ports/event_log.h"
#include "telemetry/metrics.h"

namespace marquee::ingest {

/// An event as a client sent it: types are right, nothing else is checked yet.
struct EventDraft {
  std::optional<std::string> user_id;
  std::optional<std::string> movie_id;
  std::optional<std::string> event_type;
  std::optional<double> value;
  std::optional<std::string> event_id;
  std::optional<std::string> session_id;
  std::optional<std::string> list_id;
  std::optional<double> position;        ///< must be a whole number from 1
  std::optional<std::string> timestamp;  ///< RFC 3339
  std::optional<std::string> undoes;
  std::string traceparent = {};  ///< of the request (W3C), not of the event; empty when none
};

/// Who sent a draft: viewers whose ids are reserved (domain/ids.h) are the server's own.
enum class Sender { kClient, kServer };

/// One wrong field of a draft. `field` is its name on the wire.
struct DraftError {
  std::string field;
  std::string detail;
};

/// What a client is told about its event.
struct Receipt {
  AppendStatus status = AppendStatus::kAccepted;
  EventId event_id;
  Offset offset;
  Durability durability = Durability::kPower;
};

/// Checks, completes and logs events, and keeps the first half of the conservation law:
/// received = accepted + duplicate + rejected, each exported as marquee_events_total{result=…}.
///
/// Thread-safe.
class Ingestor {
 public:
  struct Options {
    std::int64_t window_ms = 7LL * 24 * 3'600'000;  ///< older event ids are refused
    std::int64_t ahead_max_ms = 5LL * 60'000;       ///< ids and times further ahead are refused
    std::int64_t ts_min_ms = 0;                     ///< 1970: no interaction is older
  };
  struct Outcome {
    std::vector<DraftError> errors;     ///< not empty: refused (422), nothing recorded
    Result<Receipt> receipt = Error{};  ///< meaningful when `errors` is empty
  };
  using Completion = std::function<void(Outcome)>;
  /// One outcome for each draft, in order.
  using BatchCompletion = std::function<void(std::vector<Outcome>)>;

  /// The references must outlive the ingestor.
  Ingestor(EventLog& log, const Clock& clock, telemetry::Metrics& metrics, Options options);

  /// Checks `draft`, fills in event_id and time where they are missing, and appends it. `done` runs
  /// exactly once: on this thread when refused, else on a thread of the log. The ingestor must
  /// outlive it.
  void accept(const EventDraft& draft, Completion done, Sender sender = Sender::kClient);

  /// The same for at most 1,000 drafts at once: each is refused on its own, and those that pass are
  /// appended together, in order, so that all of them are stored or none.
  void accept_all(const std::vector<EventDraft>& drafts, BatchCompletion done);

  /// Counts an event that never became a draft (broken JSON, unknown field, …).
  void count_rejected();

  struct Totals {
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t rejected = 0;
  };
  /// Of this process, since it started. An event counts as received when its outcome is known, so
  /// that the law holds at every moment.
  Totals totals() const;

 private:
  struct Logged;

  /// Adds decided events to the totals and the metrics, `received` included.
  void count(const Totals& decided);
  void count(AppendStatus status);
  Outcome decide(const Result<std::vector<AppendOutcome>>& result, const EventId& event_id);
  void settle(const Result<std::vector<AppendOutcome>>& result, const std::vector<Logged>& logged,
              std::vector<Outcome>& outcomes);

  EventLog& log_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  Totals totals_;
  telemetry::Counter& received_;
  telemetry::Counter& accepted_;
  telemetry::Counter& duplicate_;
  telemetry::Counter& rejected_;
};

}  // namespace marquee::ingest
