#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "ports/event_log.h"

namespace marquee::testing {

/// A log of several partitions in memory, which stores whatever it is given, repeats too, as a
/// Kafka topic does; accepted_at_ms is the caller's. A viewer's events go to the partition of their
/// id's length, so that a test can tell. Thread-safe.
class FakePartitionedLog final : public EventLog {
 public:
  explicit FakePartitionedLog(std::int32_t partitions)
      : records_(partitions), ends_(partitions), begins_(partitions) {}

  std::int32_t partition_of(const UserId& user) const {
    return static_cast<std::int32_t>(user.value().size() % records_.size());
  }

  Offset push(Event event, std::uint64_t fingerprint, std::string poison = {}) {
    const std::int32_t partition = partition_of(event.user_id);
    return push_to(partition, std::move(event), fingerprint, std::move(poison));
  }

  /// As a producer does that places keys otherwise.
  Offset push_to(std::int32_t partition, Event event, std::uint64_t fingerprint,
                 std::string poison = {}) {
    const std::lock_guard lock(mutex_);
    auto& stored = records_[static_cast<std::size_t>(partition)];
    const Offset offset{partition, ends_[static_cast<std::size_t>(partition)]++};
    stored.push_back({offset, std::move(event), fingerprint, std::move(poison)});
    grown_.notify_all();
    return offset;
  }

  /// Takes the next offset of the partition for no record, as the marker of a transaction does.
  void push_gap(std::int32_t partition) {
    const std::lock_guard lock(mutex_);
    ++ends_[static_cast<std::size_t>(partition)];
    grown_.notify_all();
  }

  /// From now on each partition begins here, as after a removal.
  void remove_before(const Cursor& begin) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < begins_.size(); ++i) {
      begins_[i] = std::max(begins_[i], begin.next(static_cast<std::int32_t>(i)));
    }
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
    for (const std::int32_t partition : partitions) {
      if (from.next(partition) < begins_[static_cast<std::size_t>(partition)]) {
        return Error{ErrorCode::kFailedPrecondition, "older events are in the archive alone"};
      }
    }
    LogBatch batch;
    grown_.wait_for(lock, wait, [&] {
      batch = read_locked(partitions, from, events_max);
      return !batch.records.empty();
    });
    return batch;
  }

  Cursor end() const override {
    const std::lock_guard lock(mutex_);
    return cursor_of(ends_);
  }
  Cursor begin() const override {
    const std::lock_guard lock(mutex_);
    return cursor_of(begins_);
  }
  Durability durability() const override { return Durability::kProcess; }
  Result<void> health() const override { return {}; }

  /// Everything that was ever stored, partition by partition.
  std::vector<LogRecord> records() const {
    const std::lock_guard lock(mutex_);
    std::vector<LogRecord> all;
    for (const auto& each : records_) all.insert(all.end(), each.begin(), each.end());
    return all;
  }

 private:
  static Cursor cursor_of(const std::vector<std::uint64_t>& sequences) {
    Cursor cursor;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      cursor.set_next(static_cast<std::int32_t>(i), sequences[i]);
    }
    return cursor;
  }

  LogBatch read_locked(std::span<const std::int32_t> partitions, const Cursor& from,
                       std::size_t events_max) const {
    LogBatch batch;
    batch.next = from;
    for (const std::int32_t partition : partitions) {
      const auto& stored = records_[static_cast<std::size_t>(partition)];
      const auto first =
          std::ranges::lower_bound(stored, from.next(partition), {},
                                   [](const LogRecord& record) { return record.offset.sequence; });
      const std::size_t there = static_cast<std::size_t>(stored.end() - first);
      const std::size_t count = std::min(there, events_max - batch.records.size());
      const auto last = first + static_cast<std::ptrdiff_t>(count);
      batch.records.insert(batch.records.end(), first, last);
      // Behind the last record there may be gaps, which are passed.
      const std::uint64_t next = count == there ? ends_[static_cast<std::size_t>(partition)]
                                 : count == 0   ? from.next(partition)
                                                : std::prev(last)->offset.sequence + 1;
      batch.next.set_next(partition, std::max(next, from.next(partition)));
    }
    return batch;
  }

  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::vector<std::vector<LogRecord>> records_;
  std::vector<std::uint64_t> ends_;    ///< by partition: the next record's sequence
  std::vector<std::uint64_t> begins_;  ///< by partition: the oldest that is read
};

}  // namespace marquee::testing
