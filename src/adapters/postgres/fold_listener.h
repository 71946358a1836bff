#pragma once

#include <memory>
#include <mutex>

#include "adapters/postgres/database.h"
#include "base/result.h"
#include "ports/fold_changes.h"

namespace marquee::postgres {

/// Waits for steps of the fold that other processes commit: on a connection of its own that
/// LISTENs, beside the pool's. `database` must outlive it. Threads: any.
class FoldListener {
 public:
  explicit FoldListener(PostgresDatabase& database) : database_(database) {}

  /// Returns when the stored position is not `seen`, or with the next step, or at `deadline`.
  /// Without the server's word (another thread has the connection, or it cannot be made) it looks
  /// every kPollInterval. An error when the position cannot be read.
  Result<void> wait(const FoldPosition& seen, Deadline deadline);

  static constexpr std::chrono::milliseconds kPollInterval{250};

 private:
  /// Makes the connection and LISTENs, unless it is there.
  Result<void> connect();
  Result<bool> moved_on(const FoldPosition& seen) const;

  PostgresDatabase& database_;
  std::mutex mutex_;  ///< whose turn it is to use the connection
  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace marquee::postgres
