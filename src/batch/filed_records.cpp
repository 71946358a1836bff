#include "batch/filed_records.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace marquee::batch {
namespace {

constexpr std::size_t kReadEventsMax = 4'096;
constexpr std::int64_t kTimeMaxMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

/// Other programs may write any number.
std::int64_t time_of(const LogRecord& record) {
  return std::clamp<std::int64_t>(record.event.accepted_at_ms, 0, kTimeMaxMs);
}

}  // namespace

FiledRecords::FiledRecords(EventLog& log, std::int32_t partition, std::uint64_t from,
                           std::uint64_t end)
    : log_(log), partition_(partition), end_(end) {
  at_.set_next(partition, from);
}

Result<FiledRecords::Filed*> FiledRecords::front() {
  if (front_) return &*front_;
  MARQUEE_CHECK(read_ahead());
  if (ahead_.empty()) return nullptr;
  LogRecord record = std::move(ahead_.front());
  ahead_.pop_front();
  if (record.poison.empty()) {
    const std::int64_t time_ms = time_of(record);
    if (time_ms > newest_ms_ && !is_contradicted(time_ms)) newest_ms_ = time_ms;
  }
  return &front_.emplace(std::move(record), newest_ms_);
}

Result<std::int64_t> FiledRecords::next_time_ms() {
  MARQUEE_TRY(const Filed* const next, front());
  if (next == nullptr) return kNoTime;
  if (next->time_ms != kNoTime) return next->time_ms;
  FiledRecords behind(log_, partition_, position(), end_);
  for (;;) {
    MARQUEE_TRY(const Filed* const record, behind.front());
    if (record == nullptr) return kNoTime;
    if (record->time_ms != kNoTime) return record->time_ms;
    behind.pop();
  }
}

std::uint64_t FiledRecords::position() const {
  if (front_) return front_->record.offset.sequence;
  return ahead_.empty() ? at_.next(partition_) : ahead_.front().offset.sequence;
}

Result<void> FiledRecords::read_ahead() {
  const std::array only{partition_};
  while (!at_end_ && ahead_.size() <= kWitnesses) {
    const std::uint64_t from = at_.next(partition_);
    if (from >= end_) {
      at_end_ = true;
      break;
    }
    MARQUEE_TRY(LogBatch batch,
                log_.read_partitions(only, at_, kReadEventsMax, std::chrono::milliseconds(0)));
    const std::uint64_t next = std::min(end_, batch.next.next(partition_));
    at_end_ = next <= from;  // gaps at a partition's end give no record, and are passed
    at_.set_next(partition_, std::max(from, next));
    for (LogRecord& record : batch.records) {
      if (record.offset.sequence < end_) ahead_.push_back(std::move(record));
    }
  }
  return {};
}

bool FiledRecords::is_contradicted(std::int64_t time_ms) const {
  std::size_t witnesses = 0;
  std::size_t against = 0;
  for (std::size_t i = 0; i < std::min(kWitnesses, ahead_.size()); ++i) {
    if (!ahead_[i].poison.empty()) continue;
    ++witnesses;
    if (time_of(ahead_[i]) < time_ms - kSkewMaxMs) ++against;
  }
  return 2 * against > witnesses;
}

}  // namespace marquee::batch
