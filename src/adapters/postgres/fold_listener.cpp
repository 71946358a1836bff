#include "adapters/postgres/fold_listener.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "adapters/postgres/fold_position.h"

namespace marquee::postgres {

using std::chrono::steady_clock;

Result<void> FoldListener::connect() {
  if (connection_ != nullptr && connection_->usable()) return {};
  connection_.reset();
  MARQUEE_TRY(auto connection, PostgresConnection::open(database_.options()));
  // The schema's name is [a-z0-9_]*, checked when the URI was read.
  MARQUEE_TRY(const Rows ignored,
              connection->run({fmt::format("LISTEN \"marquee:{}\"", database_.options().schema)},
                              database_.options().write_timeout));
  (void)ignored;
  connection_ = std::move(connection);
  return {};
}

Result<bool> FoldListener::moved_on(const FoldPosition& seen) const {
  MARQUEE_TRY(const Rows rows,
              database_.query(position_statement(), database_.options().write_timeout));
  const FoldPosition now = read_position(rows);
  return now.rebuilds != seen.rebuilds || now.folded.cursor != seen.folded.cursor;
}

Result<void> FoldListener::wait(const FoldPosition& seen, Deadline deadline) {
  std::unique_lock turn(mutex_, std::try_to_lock);
  for (;;) {
    const bool listening = turn.owns_lock() && database_.health().ok() && connect().ok();
    // A step that is committed after this has its notification wait on the connection.
    MARQUEE_TRY(const bool moved, moved_on(seen));
    if (moved || steady_clock::now() >= deadline) return {};
    const Deadline soon = std::min(deadline, steady_clock::now() + kPollInterval);
    if (!listening) {
      std::this_thread::sleep_until(soon);
      continue;
    }
    if (const auto told = connection_->wait_notification(deadline); told.ok()) return {};
  }
}

}  // namespace marquee::postgres
