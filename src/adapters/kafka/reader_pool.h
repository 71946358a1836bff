#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "adapters/kafka/kafka_options.h"
#include "adapters/kafka/partition_reader.h"
#include "adapters/kafka/topic_ends.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace marquee::kafka {

/// At most `options.readers` consumers, kept where they stand: a caller that reads on gets the one
/// that stands there, with what it fetched ahead. A thread that leaves its place, as a fold does
/// whose step failed, moves the one it had on these partitions. Another gets a new one while there
/// is room, else the one that was idle longest is moved. Those idle for kIdleMax are closed.
/// Thread-safe.
class ReaderPool {
 public:
  static constexpr std::chrono::seconds kIdleMax{60};

  /// `ends` must outlive it.
  ReaderPool(KafkaOptions options, TopicEnds& ends);

  /// As PartitionReader::read(). kUnavailable when all readers are in use for longer than `wait`
  /// and PartitionReader::kFetchMax.
  Result<LogBatch> read(std::span<const std::int32_t> partitions, const Cursor& from,
                        std::size_t events_max, std::chrono::milliseconds wait);
  /// Consumers that are open now, in use or idle.
  std::size_t open() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Reader = std::unique_ptr<PartitionReader>;

  struct Idle {
    Reader reader;
    TimePoint since;
    std::thread::id user;  ///< whose it was last
  };

  Result<Reader> take(std::span<const std::int32_t> partitions, const Cursor& from,
                      TimePoint deadline);
  void give_back(Reader reader);
  Reader pop(std::vector<Idle>::iterator place);
  std::vector<Idle> pop_forgotten();

  const KafkaOptions options_;
  TopicEnds& ends_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Idle> idle_;  ///< longest idle first
  std::size_t open_ = 0;
};

}  // namespace marquee::kafka
