#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/offset.h"

namespace marquee {

/// What an acknowledgement outlives.
enum class Durability {
  kPower,    ///< process kill, kernel crash and power loss of a disk that honours flush
  kProcess,  ///< process kill only (a one-broker Kafka without flush.messages=1)
};

/// An event on its way into the log. `fingerprint` covers the fields as the client sent them and
/// nothing the server filled in: it tells a retry from another event under the same id.
struct PendingEvent {
  Event event;
  std::uint64_t fingerprint = 0;
  /// W3C trace context of the request that brought it, for logs that others read; empty when none.
  std::string traceparent = {};
};

/// An event as it stands in the log.
struct LogRecord {
  Offset offset;
  Event event;
  std::uint64_t fingerprint = 0;
  /// Why what is stored here is no event, when it is none (another program wrote to the topic).
  /// `event` then holds what could be read of it. The fold sets it aside as a dead letter.
  std::string poison = {};

  bool operator==(const LogRecord&) const = default;
};

enum class AppendStatus {
  kAccepted,   ///< now stored at `offset`
  kDuplicate,  ///< stored before with the same fingerprint; `offset` is the first one
  kConflict,   ///< stored before with another fingerprint; nothing recorded, `offset` is the first
               ///< one
};

struct AppendOutcome {
  AppendStatus status = AppendStatus::kAccepted;
  Offset offset;
  std::int64_t accepted_at_ms = 0;
};

/// Records read in order and the cursor that continues after them.
struct LogBatch {
  std::vector<LogRecord> records;
  Cursor next;
};

/// The durable, ordered record of what viewers did: the one truth, of which all else is a fold.
///
///     ingest ──append──▶ EventLog ──read──▶ speed    stores its cursor beside its output
///                            └─────read──▶ batch    archives and trains
///
/// Every implementation gives what ports/contract/event_log_contract.h checks:
///
///   order        Sequences of a partition grow by one from 0; readers see them in order; the
///                events of one append() by one viewer keep their order.
///   durability   When `done` reports kAccepted the event outlives what durability() says.
///                Before that all events of one append() are seen, or none.
///   idempotence  (user_id, event_id) is stored once within the deduplication window, across
///                restarts. A repeat waits for the first one's outcome before it is told
///                kDuplicate. Repeats inside one append() count as repeats too. (Kafka: the door
///                cannot know what another process took; the fold decides there.)
///   integrity    A stored record whose checksum fails ends every read there with kDataLoss.
///   overload     The queue is bounded; a full one fails the append with kUnavailable at once.
///   failure      After a failed write or sync all waiters and later appends get kUnavailable. A
///   disk
///                found full before a write is kResourceExhausted, and the next append is tried.
///
/// Not given: transactions over several append() calls.
/// Threads: every method may be called from any thread. `done` is called exactly once, on a thread
/// of the log or, when refused at once, on the caller's; it must be quick and must not call
/// append().
class EventLog {
 public:
  using Completion = std::function<void(Result<std::vector<AppendOutcome>>)>;

  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;

  /// Stores `events` (1 to 1,000) together, setting their accepted_at_ms, and reports one outcome
  /// for each, in order. Never blocks for the disk.
  virtual void append(std::vector<PendingEvent> events, Completion done) = 0;

  /// Reads at most `events_max` records from `from` on. Waits up to `wait` for the first; an empty
  /// batch when none came. Only durable records are returned.
  virtual Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                                std::chrono::milliseconds wait) = 0;

  /// The log's partitions, ascending. The embedded log has the one.
  virtual std::vector<std::int32_t> partitions() const { return {Offset::kEmbedded}; }

  /// As read(), of some partitions alone: those that this process folds.
  virtual Result<LogBatch> read_partitions(std::span<const std::int32_t> partitions,
                                           const Cursor& from, std::size_t events_max,
                                           std::chrono::milliseconds wait) {
    (void)partitions;
    return read(from, events_max, wait);
  }

  /// The cursor behind the last durable record.
  virtual Cursor end() const = 0;

  /// The cursor of the oldest record that can still be read: reads from before it are refused with
  /// kFailedPrecondition, as older ones are in the archive alone.
  virtual Cursor begin() const { return {}; }

  virtual Durability durability() const = 0;

  /// Ok while appends can succeed; else why not.
  virtual Result<void> health() const = 0;
};

}  // namespace marquee
