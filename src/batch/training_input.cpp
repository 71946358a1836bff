#include "batch/training_input.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "batch/archived_log.h"
#include "batch/import_history.h"
#include "formats/run_record.h"

namespace marquee::batch {
namespace {

constexpr std::size_t kInputEventsMax = 4'096;

Result<void> add_history(const ObjectStore& objects, models::InteractionMatrixBuilder& builder,
                         TrainingInput& input) {
  MARQUEE_TRY(auto next, read_history(objects));
  for (;;) {
    MARQUEE_TRY(const auto events, next());
    if (events.empty()) return {};
    for (const Event& event : events) {
      if (is_reserved(event.user_id)) continue;
      builder.add(event);
      ++input.history_events;
    }
  }
}

/// The partitions of `end` in which `at` has not come so far yet.
std::vector<std::int32_t> unfinished(const Cursor& at, const Cursor& end) {
  std::vector<std::int32_t> partitions;
  for (const auto& [partition, next] : end.partitions()) {
    if (at.next(partition) < next) partitions.push_back(partition);
  }
  return partitions;
}

Error ends_early(const Cursor& at, const Cursor& end) {
  return Error{ErrorCode::kDataLoss,
               fmt::format("the log ends at {}, the run wants events up to {}: restore it from "
                           "a backup, or start another run",
                           formats::cursor_text(at), formats::cursor_text(end))};
}

Result<void> add_log(EventLog& log, const Cursor& end, models::InteractionMatrixBuilder& builder,
                     TrainingInput& input) {
  for (;;) {
    // Of these alone: what others hold behind their end would be read again and again.
    const auto partitions = unfinished(input.log_end, end);
    if (partitions.empty()) return {};
    MARQUEE_TRY(const auto batch, log.read_partitions(partitions, input.log_end, kInputEventsMax,
                                                      std::chrono::milliseconds(0)));
    if (batch.records.empty() && batch.next == input.log_end) {
      return ends_early(input.log_end, end);
    }
    for (const LogRecord& record : batch.records) {
      if (!end.includes(record.offset) || !record.poison.empty()) continue;
      if (is_reserved(record.event.user_id)) continue;
      builder.add(record.event);
      ++input.log_events;
    }
    for (const auto& [partition, next] : end.partitions()) {
      input.log_end.set_next(partition, std::min(next, batch.next.next(partition)));
    }
  }
}

}  // namespace

Result<TrainingInput> collect_training_input(const ObjectStore& objects, EventLog* log,
                                             const Cursor& end) {
  TrainingInput input;
  models::InteractionMatrixBuilder builder;
  MARQUEE_CHECK(add_history(objects, builder, input));
  MARQUEE_TRY(const auto archived, ArchivedLog::open(objects, log));
  MARQUEE_CHECK(add_log(*archived, end, builder, input));
  input.matrix = builder.build();
  if (input.matrix.by_user.columns.empty()) {
    return Error{
        ErrorCode::kFailedPrecondition,
        "there is no positive event to train on: import a data set or collect events first"};
  }
  return input;
}

}  // namespace marquee::batch
