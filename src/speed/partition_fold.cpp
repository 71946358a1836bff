#include "speed/partition_fold.h"

#include <algorithm>
#include <set>
#include <thread>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "speed/add_totals.h"

namespace marquee::speed {
namespace {

std::map<std::int32_t, std::vector<LogRecord>> by_partition(std::vector<LogRecord> records) {
  std::map<std::int32_t, std::vector<LogRecord>> sorted;
  for (LogRecord& record : records) {
    sorted[record.offset.partition].push_back(std::move(record));
  }
  return sorted;
}

using Parts = std::vector<ClaimedPartitions::Part>;

/// Together what has no viewer in common with what is before it; else each part alone, in order.
std::vector<Parts> groups_of(Parts parts) {
  std::unordered_set<UserId> before;
  bool is_apart = true;
  for (const auto& part : parts) {
    std::set<UserId> own;
    for (const LogRecord& record : part.records) own.insert(record.event.user_id);
    for (const UserId& user : own) is_apart = before.insert(user).second && is_apart;
  }
  std::vector<Parts> groups;
  for (auto& part : parts) {
    if (groups.empty() || !is_apart) groups.emplace_back();
    groups.back().push_back(std::move(part));
  }
  return groups;
}

FoldTotals sum_of(const ClaimedPartitions& claimed, const Parts& parts) {
  FoldTotals sum;
  for (const auto& part : parts) add(sum, claimed.totals(part.partition));
  return sum;
}

FoldTotals sum_of(const std::vector<FoldBatch>& steps) {
  FoldTotals sum;
  for (const FoldBatch& step : steps) add(sum, step.totals);
  return sum;
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
  thread_.start(
      [this] {
        keep_pace();
        return step(options_.wait);
      },
      [this](std::chrono::milliseconds backoff) { metrics_.retry(backoff); });
}

void PartitionFold::keep_pace() const {
  const auto gone = ports_.clock.steady() - folded_at_;
  if (gone < options_.pace) std::this_thread::sleep_for(options_.pace - gone);
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
  if (!read.records.empty()) folded_at_ = ports_.clock.steady();
  auto sorted = by_partition(std::move(read.records));
  Parts parts;
  for (auto& [partition, next] : read_) {
    next = std::max(next, read.next.next(partition));
    const auto records = sorted.find(partition);
    if (records == sorted.end()) continue;
    parts.push_back({partition, std::move(records->second), next});
  }
  for (Parts& group : groups_of(std::move(parts))) {
    MARQUEE_CHECK(fold_together(std::move(group)));
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

Result<void> PartitionFold::fold_together(Parts parts) {
  const FoldTotals before = sum_of(claimed_, parts);
  if (ports_.follower != nullptr) ports_.follower->begin();
  const auto steps = claimed_.fold(std::move(parts));
  if (steps.ok()) {
    for (const FoldBatch& step : *steps) show(step);
  }
  if (ports_.follower != nullptr) {
    const std::vector<FoldBatch> none;
    ports_.follower->end(steps.ok() ? *steps : none,
                         steps.ok() ? difference(sum_of(*steps), before) : FoldTotals());
  }
  return steps.ok() ? Result<void>() : steps.error();
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
