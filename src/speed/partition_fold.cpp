#include "speed/partition_fold.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace marquee::speed {
namespace {

std::map<std::int32_t, std::vector<LogRecord>> by_partition(std::vector<LogRecord> records) {
  std::map<std::int32_t, std::vector<LogRecord>> sorted;
  for (LogRecord& record : records) {
    sorted[record.offset.partition].push_back(std::move(record));
  }
  return sorted;
}

}  // namespace

PartitionFold::PartitionFold(const Ports& ports, OnChange on_change, Options options)
    : ports_(ports),
      on_change_(std::move(on_change)),
      options_(options),
      metrics_(ports.metrics),
      claimed_({ports.store, ports.claims, ports.movies, ports.clock}, options.profile_bytes_max),
      thread_({"folding", "fold", ThreadRole::kAnswers},
              {options.backoff_min, options.backoff_max}) {}

void PartitionFold::start() {
  thread_.start([this] { return step(options_.wait); },
                [this](std::chrono::milliseconds backoff) { metrics_.retry(backoff); });
}

Result<void> PartitionFold::step(std::chrono::milliseconds wait) {
  Result<void> folded = fold_once(wait);
  if (!folded.ok()) is_claimed_ = false;  // whatever was or was not stored: ask the store
  return folded;
}

Result<void> PartitionFold::fold_once(std::chrono::milliseconds wait) {
  const PartitionAssignment assignment = ports_.group.assignment();
  if (!is_claimed_ || assignment.generation != generation_) MARQUEE_CHECK(claim(assignment));
  if (partitions_.empty()) {
    (void)ports_.group.wait_for_change(generation_, wait);
    return {};
  }
  Cursor from;
  for (const auto& [partition, next] : read_) from.set_next(partition, next);
  MARQUEE_TRY(LogBatch read,
              ports_.log.read_partitions(partitions_, from, options_.batch_events_max, wait));
  auto sorted = by_partition(std::move(read.records));
  for (auto& [partition, next] : read_) {
    next = std::max(next, read.next.next(partition));
    const auto records = sorted.find(partition);
    if (records == sorted.end()) continue;
    MARQUEE_CHECK(fold_partition(partition, std::move(records->second), next));
  }
  report_pending();
  return {};
}

Result<void> PartitionFold::claim(const PartitionAssignment& assignment) {
  is_claimed_ = false;
  MARQUEE_TRY(const auto positions, claimed_.claim(assignment.partitions));
  read_.clear();
  for (const PartitionPosition& at : positions) {
    MARQUEE_CHECK(check_position(at));
    read_[at.partition] = at.next;
  }
  partitions_ = assignment.partitions;
  generation_ = assignment.generation;
  is_claimed_ = true;
  return {};
}

Result<void> PartitionFold::check_position(const PartitionPosition& at) const {
  const std::uint64_t begin = ports_.log.begin().next(at.partition);
  const std::uint64_t end = ports_.log.end().next(at.partition);
  const std::string stands = Offset{at.partition, at.next}.to_string();
  if (at.next > end) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("the event log ends at {} but the folded state stands at {}: restore "
                             "the log, or rebuild the state from what is left of it",
                             Offset{at.partition, end}.to_string(), stands)};
  }
  if (at.next < begin) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("the folded state stands at {} but the event log begins at {}: fold "
                             "archive and log again with: marquee rebuild",
                             stands, Offset{at.partition, begin}.to_string())};
  }
  return {};
}

Result<void> PartitionFold::fold_partition(std::int32_t partition, std::vector<LogRecord> records,
                                           std::uint64_t next) {
  MARQUEE_TRY(const FoldBatch batch, claimed_.fold(partition, std::move(records), next));
  show(batch);
  return {};
}

void PartitionFold::show(const FoldBatch& batch) {
  metrics_.visible(batch.applied, ports_.clock.wall_ms());
  if (!on_change_) return;
  for (const auto& [user, profile] : batch.profiles) on_change_(user, profile->version);
}

void PartitionFold::report_pending() {
  const Cursor end = ports_.log.end();
  std::uint64_t pending = 0;
  for (const auto& [partition, next] : read_) {
    pending += end.next(partition) - std::min(end.next(partition), next);
  }
  metrics_.pending(pending);
}

}  // namespace marquee::speed
