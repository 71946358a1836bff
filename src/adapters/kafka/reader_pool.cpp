#include "adapters/kafka/reader_pool.h"

#include <algorithm>
#include <utility>

namespace marquee::kafka {

ReaderPool::ReaderPool(KafkaOptions options, TopicEnds& ends)
    : options_(std::move(options)), ends_(ends) {}

Result<LogBatch> ReaderPool::read(std::span<const std::int32_t> partitions, const Cursor& from,
                                  std::size_t events_max, std::chrono::milliseconds wait) {
  const TimePoint deadline =
      std::chrono::steady_clock::now() + std::max(wait, PartitionReader::kFetchMax);
  MARQUEE_TRY(Reader reader, take(partitions, from, deadline));
  Result<void> moved;
  if (!reader->stands_at(partitions, from)) moved = reader->move_to(partitions, from);
  auto batch = moved.ok() ? reader->read(from, events_max, wait)
                          : Result<LogBatch>(std::move(moved).error());
  give_back(std::move(reader));
  return batch;
}

/// A reader for this caller alone: one that stands there, else its own, else a new one, else any.
Result<ReaderPool::Reader> ReaderPool::take(std::span<const std::int32_t> partitions,
                                            const Cursor& from, TimePoint deadline) {
  std::vector<Idle> forgotten;  // closed after the lock is gone: that takes a while
  {
    std::unique_lock lock(mutex_);
    const bool came = returned_.wait_until(
        lock, deadline, [this] { return !idle_.empty() || open_ < options_.readers; });
    if (!came) return Error{ErrorCode::kUnavailable, "too many readers of the event log at once"};
    const auto there = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) {
      return idle.reader->stands_at(partitions, from);
    });
    if (there != idle_.end()) return pop(there);
    const auto own = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) {
      return idle.user == std::this_thread::get_id() && idle.reader->may_move_on(partitions);
    });
    if (own != idle_.end()) return pop(own);
    forgotten = pop_forgotten();
    if (open_ >= options_.readers) return pop(idle_.begin());
    ++open_;
  }
  auto opened = PartitionReader::open(options_, ends_);
  if (!opened.ok()) {
    const std::lock_guard lock(mutex_);
    --open_;
    returned_.notify_one();
  }
  return opened;
}

ReaderPool::Reader ReaderPool::pop(std::vector<Idle>::iterator place) {
  Reader reader = std::move(place->reader);
  idle_.erase(place);
  return reader;
}

std::vector<ReaderPool::Idle> ReaderPool::pop_forgotten() {
  std::vector<Idle> forgotten;
  const TimePoint before = std::chrono::steady_clock::now() - kIdleMax;
  while (!idle_.empty() && idle_.front().since < before) {
    forgotten.push_back(std::move(idle_.front()));
    idle_.erase(idle_.begin());
  }
  open_ -= forgotten.size();
  return forgotten;
}

void ReaderPool::give_back(Reader reader) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(
        {std::move(reader), std::chrono::steady_clock::now(), std::this_thread::get_id()});
  }
  returned_.notify_one();
}

std::size_t ReaderPool::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace marquee::kafka
