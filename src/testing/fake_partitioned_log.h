#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "ports/event_log.h"

namespace marquee::testing {

/// A log of several partitions in memory, which stores whatever it is given, repeats too, as a
/// Kafka topic does. A viewer's events go to the partition of their id's length, so that a test can
/// tell. Thread-safe.
class FakePartitionedLog final : public EventLog {
 public:
  explicit FakePartitionedLog(std::int32_t partitions) : records_(partitions) {}

  std::int32_t partition_of(const UserId& user) const {
    return static_cast<std::int32_t>(user.value().size() % records_.size());
  }

  Offset push(Event event, std::uint64_t fingerprint, std::string poison = {}) {
    const std::int32_t partition = partition_of(event.user_id);
    const std::lock_guard lock(mutex_);
    auto& stored = records_[static_cast<std::size_t>(partition)];
    const Offset offset{partition, stored.size()};
    stored.push_back({offset, std::move(event), fingerprint, std::move(poison)});
    grown_.notify_all();
    return offset;
  }

  void append(std::vector<PendingEvent> events, Completion done) override {
    std::vector<AppendOutcome> outcomes;
    outcomes.reserve(events.size());
    for (PendingEvent& each : events) {
      outcomes.push_back(
          {AppendStatus::kAccepted, push(std::move(each.event), each.fingerprint), 0});
    }
    done(std::move(outcomes));
  }

  std::vector<std::int32_t> partitions() const override {
    std::vector<std::int32_t> all(records_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
    return all;
  }

  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override {
    return read_partitions(partitions(), from, events_max, wait);
  }

  Result<LogBatch> read_partitions(std::span<const std::int32_t> partitions, const Cursor& from,
                                   std::size_t events_max,
                                   std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    LogBatch batch;
    grown_.wait_for(lock, wait, [&] {
      batch = read_locked(partitions, from, events_max);
      return !batch.records.empty();
    });
    return batch;
  }

  Cursor end() const override {
    const std::lock_guard lock(mutex_);
    Cursor end;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      end.set_next(static_cast<std::int32_t>(i), records_[i].size());
    }
    return end;
  }
  Durability durability() const override { return Durability::kProcess; }
  Result<void> health() const override { return {}; }

  std::vector<LogRecord> records() const {
    const std::lock_guard lock(mutex_);
    std::vector<LogRecord> all;
    for (const auto& each : records_) all.insert(all.end(), each.begin(), each.end());
    return all;
  }

 private:
  LogBatch read_locked(std::span<const std::int32_t> partitions, const Cursor& from,
                       std::size_t events_max) const {
    LogBatch batch;
    batch.next = from;
    for (const std::int32_t partition : partitions) {
      const auto& stored = records_[static_cast<std::size_t>(partition)];
      const std::size_t first = std::min<std::size_t>(from.next(partition), stored.size());
      const std::size_t count = std::min(stored.size() - first, events_max - batch.records.size());
      const auto begin = stored.begin() + static_cast<std::ptrdiff_t>(first);
      batch.records.insert(batch.records.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
      batch.next.set_next(partition, first + count);
    }
    return batch;
  }

  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::vector<std::vector<LogRecord>> records_;
};

}  // namespace marquee::testing
