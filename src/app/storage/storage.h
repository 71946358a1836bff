#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/embedded/event_log/segment_log.h"
#include "adapters/embedded/files/directory_lock.h"
#include "adapters/embedded/sqlite/database.h"
#include "adapters/kafka/kafka_event_log.h"
#include "app/storage/data_directory.h"
#include "app/storage/stores.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/event_log.h"
#include "ports/object_store.h"
#include "settings/settings.h"

namespace marquee::app {

/// Everything that a process stands on, opened as the settings' URIs say: by the owner of its data
/// directory for everything, or beside a running owner for reading. What other processes share
/// (Kafka, PostgreSQL, S3) is opened the same way by each.
struct Storage {
  /// Which work that was cut off in the directory is no reason to refuse it.
  enum class Unfinished { kNone, kImport, kMigration };
  /// Whether the folded state is about to be thrown away, so that it may be damaged.
  enum class FoldedState { kNeeded, kToBeReplaced };
  /// Takes the directory's lock; kFailedPrecondition, naming the owner, when a server has it.
  /// Also when it is a backup, or when a restore, an import or a migration into it was interrupted,
  /// other than `allowed`. kDataLoss when log or database are damaged, or the log is another one
  /// than the state was folded from.
  static Result<std::unique_ptr<Storage>> open_owner(const Settings& settings,
                                                     Unfinished allowed = Unfinished::kNone,
                                                     FoldedState state = FoldedState::kNeeded);
  /// kNotFound when there is nothing in the directory yet; kFailedPrecondition as above.
  static Result<std::unique_ptr<Storage>> open_reader(const Settings& settings);
  /// From now on objects_health() notices a bucket that nobody uses just now, too.
  Result<void> watch_objects(const Settings& settings);

  /// Of a topic: that it has what the state was folded from (log_origin.h). Whoever opened the
  /// owner's way has had this done.
  Result<void> check_log() const;
  /// From now on the topic is the one that the state was folded from.
  Result<void> note_origin();

  DataPaths paths;
  std::optional<embedded::DirectoryLock> lock;  ///< none for a reader
  SystemClock clock;
  MovieTable movies;
  std::unique_ptr<Stores> stores;
  embedded::SqliteDatabase* database = nullptr;  ///< of `stores`, when they are in a file
  std::unique_ptr<ObjectStore> objects;
  std::function<Result<void>()> objects_health = [] { return Result<void>(); };
  std::function<void(telemetry::Metrics&)> report_objects_to = [](telemetry::Metrics&) {};
  /// The fold's stored cursor in a log of one partition; whoever runs the fold moves it on.
  std::atomic<std::uint64_t> folded_end = 0;
  /// Where the events moved into the log that is written now; empty when they never moved.
  Cursor moved;
  std::unique_ptr<EventLog> log;
  // What `log` is, where this process may append; at most one is not null.
  embedded::SegmentLog* owned_log = nullptr;
  kafka::KafkaEventLog* topic = nullptr;
};

}  // namespace marquee::app
