#pragma once

#include <map>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "ports/event_log.h"

namespace marquee::sim {

/// An EventLog of several partitions, as a Kafka topic is: a viewer's events all stand in one; it
/// stores what it is sent, repeats too; how the partitions interleave is different at every read.
/// Single-threaded.
class SimulatedTopic final : public EventLog {
 public:
  /// `clock` must outlive the topic. Reads interleave by `seed`.
  SimulatedTopic(const Clock& clock, std::int32_t partitions, std::uint64_t seed);

  /// Every event is kAccepted; nothing fails.
  void append(std::vector<PendingEvent> events, Completion done) override;
  /// At most `events_max`, often fewer; never waits. Empty only when nothing is there.
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Durability durability() const override { return Durability::kProcess; }
  Result<void> health() const override { return {}; }

 private:
  const Clock& clock_;
  Rng rng_;
  std::vector<std::vector<LogRecord>> partitions_;
};

}  // namespace marquee::sim
