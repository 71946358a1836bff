#include "streaming/record_fold.h"

#include <algorithm>

#include <fmt/format.h>

namespace marquee::streaming {
namespace {

void add_difference(FoldTotals& sum, const FoldTotals& before, const FoldTotals& now) {
  sum.applied += now.applied - before.applied;
  sum.deduplicated += now.deduplicated - before.deduplicated;
  sum.dead_lettered += now.dead_lettered - before.dead_lettered;
}

}  // namespace

Result<std::vector<PartitionPosition>> RecordFold::claim(std::span<const std::int32_t> partitions) {
  totals_.clear();
  MARQUEE_TRY(auto positions, claimed_.claim(partitions));
  for (const PartitionPosition& at : positions) totals_[at.partition] = at.totals;
  return positions;
}

Result<std::map<std::int32_t, RecordFold::Messages>> RecordFold::by_partition(
    std::span<const kafka::StoredMessage> messages) const {
  std::map<std::int32_t, Messages> sorted;
  for (const kafka::StoredMessage& message : messages) {
    Messages& before = sorted[message.offset.partition];
    if (before.empty() && !claimed_.holds(message.offset.partition)) {
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("partition {} is not claimed", message.offset.partition)};
    }
    if (!before.empty() && before.back()->offset.sequence >= message.offset.sequence) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{} comes behind {}: want messages in the order of the topic",
                               message.offset.to_string(), before.back()->offset.to_string())};
    }
    before.push_back(&message);
  }
  return sorted;
}

Result<RecordFold::Counts> RecordFold::fold(std::span<const kafka::StoredMessage> messages) {
  MARQUEE_TRY(const auto sorted, by_partition(messages));
  Counts counts;
  for (const auto& [partition, all] : sorted) {
    const auto first =
        std::ranges::lower_bound(all, claimed_.stored(partition), {},
                                 [](const auto* message) { return message->offset.sequence; });
    counts.skipped += static_cast<std::uint64_t>(first - all.begin());
    MARQUEE_CHECK(fold_partition(partition, std::span(first, all.end()), counts));
  }
  return counts;
}

Result<void> RecordFold::fold_partition(std::int32_t partition,
                                        std::span<const kafka::StoredMessage* const> messages,
                                        Counts& counts) {
  while (!messages.empty()) {
    const auto step = messages.first(std::min(messages.size(), kStepMessagesMax));
    messages = messages.subspan(step.size());
    std::vector<LogRecord> records;
    records.reserve(step.size());
    for (const auto* message : step) records.push_back(kafka::decode_message(*message));
    const std::uint64_t next = step.back()->offset.sequence + 1;
    MARQUEE_TRY(const FoldBatch stored, claimed_.fold(partition, std::move(records), next));
    add_difference(counts.folded, totals_.at(partition), stored.totals);
    totals_.at(partition) = stored.totals;
  }
  return {};
}

}  // namespace marquee::streaming
