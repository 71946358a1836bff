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

Ingestor::Ingestor(EventLog& log, const Clock& clock, telemetry::Metrics& metrics, Options options)
    : log_(log),
      clock_(clock),
      options_(options),
      received_(result_counter(metrics, "received")),
      accepted_(result_counter(metrics, "accepted")),
      duplicate_(result_counter(metrics, "duplicate")),
      rejected_(result_counter(metrics, "rejected")) {}

void Ingestor::accept(const EventDraft& draft, Completion done) {
  CheckedDraft checked = check_draft(draft, clock_.wall_ms(), options_);
  if (!checked.errors.empty()) {
    count_rejected();
    Outcome refused;
    refused.errors = std::move(checked.errors);
    done(std::move(refused));
    return;
  }
  const EventId event_id = checked.event.event_id;
  std::vector<PendingEvent> events;
  events.push_back({std::move(checked.event), fingerprint_of(draft)});
  log_.append(std::move(events),
              [this, event_id, done = std::move(done)](Result<std::vector<AppendOutcome>> result) {
                done(decide(std::move(result), event_id));
              });
}

Ingestor::Outcome Ingestor::decide(Result<std::vector<AppendOutcome>> result,
                                   const EventId& event_id) {
  if (result.ok() && result->size() != 1) {
    result = Error{ErrorCode::kInternal,
                   "the event log reported another number of outcomes than events"};
  }
  Outcome outcome;
  if (!result.ok()) {
    count_rejected();
    outcome.receipt = std::move(result).error();
    return outcome;
  }
  const AppendOutcome& appended = result->front();
  switch (appended.status) {
    case AppendStatus::kAccepted:
      count(&Totals::accepted, accepted_);
      break;
    case AppendStatus::kDuplicate:
      count(&Totals::duplicate, duplicate_);
      break;
    case AppendStatus::kConflict:
      count_rejected();
      break;
  }
  outcome.receipt = Receipt{appended.status, event_id, appended.offset, log_.durability()};
  return outcome;
}

void Ingestor::count_rejected() { count(&Totals::rejected, rejected_); }

void Ingestor::count(std::uint64_t Totals::* outcome, telemetry::Counter& metric) {
  const std::lock_guard lock(mutex_);
  ++totals_.received;
  ++(totals_.*outcome);
  received_.add();
  metric.add();
}

Ingestor::Totals Ingestor::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace marquee::ingest
