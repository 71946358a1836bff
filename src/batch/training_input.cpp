#include "batch/training_input.h"

#include <chrono>

#include "batch/import_history.h"

namespace marquee::batch {
namespace {

constexpr std::size_t kReadEventsMax = 4'096;

Result<void> add_history(const ObjectStore& objects, models::InteractionMatrixBuilder& builder,
                         TrainingInput& input) {
  MARQUEE_TRY(auto next, read_history(objects));
  for (;;) {
    MARQUEE_TRY(const auto events, next());
    if (events.empty()) return {};
    for (const Event& event : events) builder.add(event);
    input.history_events += events.size();
  }
}

Result<void> add_log(EventLog& log, models::InteractionMatrixBuilder& builder,
                     TrainingInput& input) {
  const Cursor end = log.end();
  while (input.log_end != end) {
    MARQUEE_TRY(const auto batch,
                log.read(input.log_end, kReadEventsMax, std::chrono::milliseconds(0)));
    if (batch.records.empty()) break;
    for (const LogRecord& record : batch.records) {
      if (end.includes(record.offset)) builder.add(record.event);
    }
    input.log_events += batch.records.size();
    input.log_end = batch.next;
  }
  return {};
}

}  // namespace

Result<TrainingInput> collect_training_input(const ObjectStore& objects, EventLog* log) {
  TrainingInput input;
  models::InteractionMatrixBuilder builder;
  MARQUEE_CHECK(add_history(objects, builder, input));
  if (log != nullptr) MARQUEE_CHECK(add_log(*log, builder, input));
  input.matrix = builder.build();
  if (input.matrix.by_user.columns.empty()) {
    return Error{
        ErrorCode::kFailedPrecondition,
        "there is no positive event to train on: import a data set or collect events first"};
  }
  return input;
}

}  // namespace marquee::batch
