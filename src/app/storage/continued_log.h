#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ports/event_log.h"

namespace marquee::app {

/// A log behind one or several that were moved away from (formats/log_moves.h). It ends where all
/// of them end, so that every event that was ever accepted counts; read is only the one that is
/// written now, and what the others had is in the archive alone (batch::ArchivedLog).
class ContinuedLog final : public EventLog {
 public:
  /// `moved` is where the last move was; what it says of partitions that `log` has is left aside.
  ContinuedLog(std::unique_ptr<EventLog> log, const Cursor& moved);

  void append(std::vector<PendingEvent> events, Completion done) override;
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  std::vector<std::int32_t> partitions() const override { return log_->partitions(); }
  Result<LogBatch> read_partitions(std::span<const std::int32_t> partitions, const Cursor& from,
                                   std::size_t events_max, std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Cursor begin() const override { return log_->begin(); }
  Durability durability() const override { return log_->durability(); }
  Result<void> health() const override { return log_->health(); }

 private:
  const std::unique_ptr<EventLog> log_;
  Cursor closed_;  ///< where the logs before this one ended
};

}  // namespace marquee::app
