#include "app/storage/continued_log.h"

#include <algorithm>
#include <utility>

namespace marquee::app {
namespace {

/// `cursor` in the partitions of `wanted` alone, or in all others.
Cursor only(const Cursor& cursor, const Cursor& wanted, bool in_wanted) {
  Cursor result;
  for (const auto& [partition, next] : cursor.partitions()) {
    if ((wanted.next(partition) > 0) == in_wanted) result.set_next(partition, next);
  }
  return result;
}

/// Both; no partition is in the two.
Cursor joined(Cursor a, const Cursor& b) {
  for (const auto& [partition, next] : b.partitions()) a.set_next(partition, next);
  return a;
}

}  // namespace

ContinuedLog::ContinuedLog(std::unique_ptr<EventLog> log, const Cursor& moved)
    : log_(std::move(log)), closed_(moved) {
  for (const std::int32_t partition : log_->partitions()) closed_.set_next(partition, 0);
}

void ContinuedLog::append(std::vector<PendingEvent> events, Completion done) {
  log_->append(std::move(events), std::move(done));
}

Result<LogBatch> ContinuedLog::read(const Cursor& from, std::size_t events_max,
                                    std::chrono::milliseconds wait) {
  MARQUEE_TRY(LogBatch batch, log_->read(only(from, closed_, false), events_max, wait));
  batch.next = joined(std::move(batch.next), only(from, closed_, true));
  return batch;
}

Result<LogBatch> ContinuedLog::read_partitions(std::span<const std::int32_t> partitions,
                                               const Cursor& from, std::size_t events_max,
                                               std::chrono::milliseconds wait) {
  MARQUEE_TRY(LogBatch batch,
              log_->read_partitions(partitions, only(from, closed_, false), events_max, wait));
  batch.next = joined(std::move(batch.next), only(from, closed_, true));
  return batch;
}

Cursor ContinuedLog::end() const { return joined(log_->end(), closed_); }

}  // namespace marquee::app
