#include "sim/simulated_topic.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace marquee::sim {

SimulatedTopic::SimulatedTopic(const Clock& clock, std::int32_t partitions, std::uint64_t seed)
    : clock_(clock), rng_(seed), partitions_(static_cast<std::size_t>(partitions)) {}

void SimulatedTopic::append(std::vector<PendingEvent> events, Completion done) {
  std::vector<AppendOutcome> outcomes;
  for (PendingEvent& pending : events) {
    const std::size_t place = stable_hash(pending.event.user_id.value()) % partitions_.size();
    std::vector<LogRecord>& partition = partitions_[place];
    pending.event.accepted_at_ms = clock_.wall_ms();
    const Offset offset{static_cast<std::int32_t>(place), partition.size()};
    outcomes.push_back({AppendStatus::kAccepted, offset, pending.event.accepted_at_ms});
    partition.push_back({offset, std::move(pending.event), pending.fingerprint});
  }
  done(std::move(outcomes));
}

Result<LogBatch> SimulatedTopic::read(const Cursor& from, std::size_t events_max,
                                      std::chrono::milliseconds /*wait*/) {
  LogBatch batch{{}, from};
  const std::size_t wanted = 1 + rng_.below(events_max);
  while (batch.records.size() < wanted) {
    std::vector<std::int32_t> ready;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(partitions_.size()); ++i) {
      if (batch.next.next(i) < partitions_[static_cast<std::size_t>(i)].size()) ready.push_back(i);
    }
    if (ready.empty()) break;
    const std::int32_t chosen = ready[rng_.below(ready.size())];
    const std::uint64_t sequence = batch.next.next(chosen);
    batch.records.push_back(partitions_[static_cast<std::size_t>(chosen)][sequence]);
    batch.next.set_next(chosen, sequence + 1);
  }
  return batch;
}

Cursor SimulatedTopic::end() const {
  Cursor cursor;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    cursor.set_next(static_cast<std::int32_t>(i), partitions_[i].size());
  }
  return cursor;
}

}  // namespace marquee::sim
