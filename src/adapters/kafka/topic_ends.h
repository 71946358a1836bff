#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/kafka/client.h"
#include "base/result.h"
#include "domain/offset.h"

namespace marquee::kafka {

/// Where each partition begins and ends. Questions come with every answer of the server, so most
/// are answered from memory: the brokers are asked when what is known is older than kFresh, by one
/// caller at a time while the others take what is there, and after a failure not for kRetryAfter.
/// What this process wrote or read itself is known at once. Thread-safe.
class TopicEnds {
 public:
  static constexpr std::chrono::milliseconds kFresh{20};
  static constexpr std::chrono::milliseconds kRetryAfter{1'000};
  static constexpr std::chrono::milliseconds kAnswerTimeout{300};

  /// `client`, a consumer that reads uncommitted records too, must outlive this. Nothing is known
  /// before the first refresh().
  TopicEnds(rd_kafka_t* client, std::string topic, std::int32_t partitions);

  /// Asks the brokers now. kUnavailable when they do not answer within `timeout`; kDataLoss when a
  /// partition ends before what was known to be in it.
  Result<void> refresh(std::chrono::milliseconds timeout) const;

  /// As refresh(), again and again while no answer comes: the leaders of a topic that was just
  /// made, or of a broker that just started, take a moment.
  Result<void> wait_for_answer(std::chrono::milliseconds timeout) const;

  Cursor begin() const;
  Cursor end() const;
  /// Without asking anybody.
  std::uint64_t known_end(std::int32_t partition) const;
  /// There is a record before `next`, or a marker.
  void note_end(std::int32_t partition, std::uint64_t next);
  /// How the last question went. Asks nobody: whoever wants news keeps calling refresh_if_older().
  Result<void> health() const;
  /// Asks when the last question is so long ago, after a failure kRetryAfter at least.
  void refresh_if_older(std::chrono::milliseconds age) const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  Result<void> compare(const Cursor& before, const Cursor& now) const;
  Result<Cursor> ask(std::int64_t which, std::chrono::milliseconds timeout) const;

  rd_kafka_t* const client_;
  const std::string topic_;
  const std::vector<std::int32_t> partitions_;
  mutable std::mutex asking_;
  mutable std::mutex mutex_;
  mutable Cursor begin_;
  mutable Cursor end_;
  mutable TimePoint asked_at_{};
  mutable Result<void> answered_;
};

}  // namespace marquee::kafka
