#include "ingest/ingestor.h"

#include <utility>

#include "ingest/validate.h"

namespace marquee::ingest {
namespace {

telemetry::Counter& result_counter(telemetry::Metrics& metrics, const char* result) {
  return metrics.counter("marquee_events_total", "Events by what became of them",
                         {{"result", result}});
}

}  // namespace

/// An event that went to the log, and the place of its draft among those of its call.
struct Ingestor::Logged {
  std::size_t place = 0;
  EventId event_id;
};

Ingestor::Ingestor(EventLog& log, const Clock& clock, telemetry::Metrics& metrics, Options options)
    : log_(log),
      clock_(clock),
      options_(options),
      received_(result_counter(metrics, "received")),
      accepted_(result_counter(metrics, "accepted")),
      duplicate_(result_counter(metrics, "duplicate")),
      rejected_(result_counter(metrics, "rejected")) {}

void Ingestor::accept(const EventDraft& draft, Completion done, Sender sender) {
  CheckedDraft checked = check_draft(draft, clock_.wall_ms(), options_, sender);
  if (!checked.errors.empty()) {
    count_rejected();
    Outcome refused;
    refused.errors = std::move(checked.errors);
    done(std::move(refused));
    return;
  }
  const EventId event_id = checked.event.event_id;
  std::vector<PendingEvent> events;
  events.push_back({std::move(checked.event), fingerprint_of(draft), draft.traceparent});
  log_.append(std::move(events), [this, event_id, done = std::move(done)](const auto& result) {
    done(decide(result, event_id));
  });
}

Ingestor::Outcome Ingestor::decide(const Result<std::vector<AppendOutcome>>& result,
                                   const EventId& event_id) {
  std::vector<Outcome> outcomes(1);
  settle(result, {{0, event_id}}, outcomes);
  return std::move(outcomes.front());
}

void Ingestor::accept_all(const std::vector<EventDraft>& drafts, BatchCompletion done) {
  std::vector<Outcome> outcomes(drafts.size());
  std::vector<Logged> logged;
  std::vector<PendingEvent> events;
  const std::int64_t now_ms = clock_.wall_ms();
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    CheckedDraft checked = check_draft(drafts[i], now_ms, options_);
    if (checked.errors.empty()) {
      logged.push_back({i, checked.event.event_id});
      events.push_back(
          {std::move(checked.event), fingerprint_of(drafts[i]), drafts[i].traceparent});
    } else {
      count_rejected();
      outcomes[i].errors = std::move(checked.errors);
    }
  }
  if (events.empty()) return done(std::move(outcomes));
  log_.append(std::move(events), [this, logged = std::move(logged), outcomes = std::move(outcomes),
                                  done = std::move(done)](const auto& result) mutable {
    settle(result, logged, outcomes);
    done(std::move(outcomes));
  });
}

/// Counts what the log decided and writes it to the places the events came from.
void Ingestor::settle(const Result<std::vector<AppendOutcome>>& result,
                      const std::vector<Logged>& logged, std::vector<Outcome>& outcomes) {
  const bool counts_agree = !result.ok() || result->size() == logged.size();
  if (result.ok() && counts_agree) {
    for (std::size_t i = 0; i < logged.size(); ++i) {
      const AppendOutcome& appended = (*result)[i];
      count(appended.status);
      outcomes[logged[i].place].receipt =
          Receipt{appended.status, logged[i].event_id, appended.offset, log_.durability()};
    }
    return;
  }
  const Error error = counts_agree
                          ? result.error()
                          : Error{ErrorCode::kInternal,
                                  "the event log reported another number of outcomes than events"};
  count({.received = logged.size(), .rejected = logged.size()});
  for (const Logged& event : logged) outcomes[event.place].receipt = error;
}

void Ingestor::count_rejected() { count({.received = 1, .rejected = 1}); }

void Ingestor::count(AppendStatus status) {
  switch (status) {
    case AppendStatus::kAccepted:
      return count({.received = 1, .accepted = 1});
    case AppendStatus::kDuplicate:
      return count({.received = 1, .duplicate = 1});
    case AppendStatus::kConflict:
      return count_rejected();
  }
}

void Ingestor::count(const Totals& decided) {
  const auto add = [](std::uint64_t& total, telemetry::Counter& metric, std::uint64_t amount) {
    if (amount == 0) return;
    total += amount;
    metric.add(static_cast<double>(amount));
  };
  const std::lock_guard lock(mutex_);
  add(totals_.received, received_, decided.received);
  add(totals_.accepted, accepted_, decided.accepted);
  add(totals_.duplicate, duplicate_, decided.duplicate);
  add(totals_.rejected, rejected_, decided.rejected);
}

Ingestor::Totals Ingestor::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace marquee::ingest
