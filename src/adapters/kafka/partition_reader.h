#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"
#include "adapters/kafka/topic_ends.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace marquee::kafka {

/// One consumer on some partitions, which fetches ahead of where it is read from. Records of open
/// or aborted transactions are never returned. Not thread-safe.
class PartitionReader {
 public:
  /// How long a read waits for records that are known to be there.
  static constexpr std::chrono::milliseconds kFetchMax{5'000};
  /// The same from a partition that has answered before: two of the brokers' long polls.
  static constexpr std::chrono::milliseconds kFetchAgainMax{1'000};

  /// `ends` must outlive it.
  static Result<std::unique_ptr<PartitionReader>> open(const KafkaOptions& options,
                                                       TopicEnds& ends);

  /// From now on reads `partitions` from `from` on; what was fetched ahead is dropped.
  Result<void> move_to(std::span<const std::int32_t> partitions, const Cursor& from);
  /// True when read() goes on at `from` without moving.
  bool stands_at(std::span<const std::int32_t> partitions, const Cursor& from) const;
  /// True when it reads these partitions, wherever it stands, or none.
  bool may_move_on(std::span<const std::int32_t> partitions) const;

  /// As EventLog::read_partitions(), of the partitions and the position it stands at; `from` may
  /// name others too, which stay. What is known to be there is waited for up to kFetchMax, also
  /// when `wait` is shorter. Markers of transactions are no records: at the end of a partition
  /// `next` moves over them without any.
  ///
  /// kFailedPrecondition when the log begins behind or ends before the position, or the topic is
  /// gone; kDataLoss for a damaged message; kUnavailable when no answer came. After an error it
  /// stands nowhere.
  Result<LogBatch> read(const Cursor& from, std::size_t events_max, std::chrono::milliseconds wait);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// How far a partition is.
  struct Progress {
    std::uint64_t next = 0;
    bool heard = false;     ///< anything since it was moved here
    bool awaiting = false;  ///< a record is there that was neither delivered nor denied
  };

  PartitionReader(KafkaOptions options, Client client, TopicEnds& ends);
  bool note_awaited();
  bool is_awaiting() const;
  std::chrono::milliseconds patience() const;
  Result<void> take(const rd_kafka_message_t& message, std::vector<LogRecord>& records);
  Result<void> fail(const rd_kafka_message_t& message);
  bool is_inside(std::int32_t partition) const;
  Result<void> move_back();
  Result<void> explain_silence() const;
  Error outside(std::int32_t partition) const;

  const KafkaOptions options_;
  const Client client_;
  TopicEnds& ends_;
  std::map<std::int32_t, Progress> partitions_;
};

}  // namespace marquee::kafka
