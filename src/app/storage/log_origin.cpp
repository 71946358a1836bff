#include "app/storage/log_origin.h"

#include <span>
#include <thread>

#include <fmt/format.h>

#include "base/uuid.h"

namespace marquee::app {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

Error another_log(const std::string& name, const std::string& what) {
  return Error{ErrorCode::kDataLoss,
               fmt::format("{} is not the log that the stored state was folded from, or has lost "
                           "events: {}; bring that one back, or see 'Another topic' in "
                           "docs/operating.md before marquee rebuild",
                           name, what)};
}

Result<void> check_reaches(const EventLog& log, const std::string& name, const Offset& folded,
                           Deadline deadline) {
  for (;;) {
    const std::uint64_t end = log.end().next(folded.partition);
    if (end >= folded.sequence) return {};
    if (std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    return another_log(name,
                       fmt::format("it ends at {}, the state stands at {}",
                                   Offset{folded.partition, end}.to_string(), folded.to_string()));
  }
}

Result<void> check_holds(EventLog& log, const std::string& name, const FoldedEvent& wanted,
                         Deadline deadline) {
  const Offset& at = wanted.offset;
  if (at.sequence < log.begin().next(at.partition)) return {};
  Cursor from;
  from.set_next(at.partition, at.sequence);
  LogBatch found;
  do {
    MARQUEE_TRY(found, log.read_partitions(std::span(&at.partition, 1), from, 1,
                                           std::chrono::milliseconds(500)));
  } while (found.records.empty() && std::chrono::steady_clock::now() < deadline);
  if (found.records.empty()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{} does not answer what stands at {}", name, at.to_string())};
  }
  const LogRecord& record = found.records.front();
  const bool same = record.offset == at && record.event.user_id == wanted.user_id &&
                    record.event.event_id == wanted.event_id;
  if (same) return {};
  return another_log(
      name, fmt::format("at {} stands the event {}, the state has {} from there", at.to_string(),
                        record.event.event_id.to_string(), wanted.event_id.to_string()));
}

}  // namespace

Result<void> check_folded_from(EventLog& log, const std::string& name, const Cursor& folded,
                               const std::vector<FoldedEvent>& last_applied,
                               std::chrono::milliseconds patience) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (const auto& [partition, next] : folded.partitions()) {
    MARQUEE_CHECK(check_reaches(log, name, Offset{partition, next}, deadline));
  }
  for (const FoldedEvent& last : last_applied) {
    MARQUEE_CHECK(check_holds(log, name, last, deadline));
  }
  return {};
}

}  // namespace marquee::app
