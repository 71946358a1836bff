#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/event_log.h"

namespace marquee::testing {

/// An EventLog in memory, with levers to make it slow, full or broken. Commits inside append(), on
/// the caller's thread, unless it is held. Thread-safe.
class FakeEventLog final : public EventLog {
 public:
  struct Options {
    std::size_t queue_events_max = 8'192;  ///< while held; more is refused
    Durability durability = Durability::kPower;
  };
  /// `clock` must outlive the log.
  explicit FakeEventLog(const Clock& clock);
  FakeEventLog(const Clock& clock, Options options);

  void append(std::vector<PendingEvent> events, Completion done) override;
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Cursor begin() const override;
  Durability durability() const override { return options_.durability; }
  Result<void> health() const override;

  /// From now on appends wait, as for a slow disk, until release().
  void hold();
  /// Commits what waits, in order, and stops holding. Their `done` run on this thread.
  void release();
  /// Breaks the log as a failed write does: the waiters and all later appends get `error`.
  void fail_appends(const Error& error);
  /// Every read fails with `error` until repair().
  void fail_reads(Error error);
  /// From now on the log begins here, as after a removal.
  void remove_before(std::uint64_t sequence);
  /// Undoes fail_appends() and fail_reads().
  void repair();
  /// Stores without looking for repeats: how a Kafka topic comes to hold one event twice.
  /// `event.accepted_at_ms` is kept. Returns where it stands.
  Offset push_unchecked(Event event, std::uint64_t fingerprint);
  /// Everything stored, in order.
  std::vector<LogRecord> records() const;
  /// The traceparent of everything appended and stored, in order.
  std::vector<std::string> traces() const;

 private:
  struct Waiting {
    std::vector<PendingEvent> events;
    Completion done;
  };
  using Key = std::pair<UserId, EventId>;

  std::vector<AppendOutcome> commit(std::vector<PendingEvent> events);
  AppendOutcome commit_one(PendingEvent pending);
  std::optional<Error> refusal(std::size_t count) const;

  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::vector<LogRecord> records_;
  std::vector<std::string> traces_;
  std::map<Key, std::size_t> first_;  ///< index of the first record under a key
  std::deque<Waiting> waiting_;
  std::size_t waiting_events_ = 0;
  bool held_ = false;
  std::uint64_t begin_ = 0;
  std::int64_t last_accepted_ms_ = 0;
  std::optional<Error> append_error_;
  std::optional<Error> read_error_;
};

}  // namespace marquee::testing
