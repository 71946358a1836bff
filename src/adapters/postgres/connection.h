#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/options.h"
#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "base/result.h"

struct pg_conn;

namespace marquee::postgres {

using Deadline = std::chrono::steady_clock::time_point;

/// Hands out the next piece of a COPY; an empty one at the end.
using CopySource = std::function<Result<std::string>()>;

/// One connection to the server, never blocking beyond a deadline: the socket is non-blocking and
/// waited for with poll(), so that a server that is stopped, or gives a byte a second, holds no
/// caller. After a failure of the connection itself (not of a statement) it is of no use any more.
/// Statements go in PostgreSQL's pipeline mode, values as parameters only. Not thread-safe.
class PostgresConnection {
 public:
  /// Connects and sets what every connection has: the schema first in search_path, UTF-8,
  /// keepalive. kUnavailable when the server is not to be reached in time. (A host name is resolved
  /// by the system's resolver, which has a time-out of its own.) Each wait here or at the server
  /// that reaches its deadline is added to `missed_deadlines`, which must outlive the connection.
  static Result<std::unique_ptr<PostgresConnection>> open(
      const PostgresOptions& options, std::atomic<std::uint64_t>* missed_deadlines = nullptr);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// Runs `statements` in one round trip and returns what each gave. Outside of a transaction they
  /// are one: the first that fails undoes them all, and its error is returned. Each has `timeout`
  /// on the server (statement_timeout), together they have twice that here.
  Result<std::vector<Rows>> run(std::span<const Statement> statements,
                                std::chrono::milliseconds timeout);
  Result<Rows> run(const Statement& statement, std::chrono::milliseconds timeout);

  /// COPY … FROM STDIN (FORMAT binary): `sql` is the statement, `source` gives the rows (the header
  /// and trailer of the format are added here). An error of `source` ends the COPY and is returned.
  Result<void> copy_in(const std::string& sql, const CopySource& source,
                       std::chrono::milliseconds timeout);

  /// Runs one statement by the simple protocol: DDL of many statements, without values.
  Result<void> execute(const std::string& sql, std::chrono::milliseconds timeout);

  /// Waits until a notification comes (after LISTEN) or the deadline passes; takes all there are.
  Result<bool> wait_notification(Deadline deadline);

  /// False after a failure of the connection, or when the server has ended it meanwhile. Looks at
  /// the socket, does not wait.
  bool usable();
  bool in_transaction() const;
  /// After a ROLLBACK, which takes back settings made since BEGIN.
  void forget_settings() { timeout_.reset(); }
  /// Why it is not usable.
  Error failure() const;

 private:
  PostgresConnection(const PostgresOptions& options, std::atomic<std::uint64_t>* missed_deadlines);
  Result<void> connect(const PostgresOptions& options);
  Result<void> configure(const PostgresOptions& options);

  bool broken() const { return failure_.has_value(); }
  Error breaks(Error error);
  Error breaks(std::string_view doing);
  Error failed(const pg_result* result);
  void miss_deadline() const;
  Result<void> wait_socket(short events, Deadline deadline);
  Result<void> flush(Deadline deadline);
  Result<void> await_result(Deadline deadline);
  Result<void> send(const Statement& statement);
  Result<void> send_prepared(const Statement& statement);
  Result<void> send_batch(std::span<const Statement> statements);
  Result<std::vector<Rows>> receive_batch(std::size_t count, Deadline deadline);
  Result<Rows> receive(Deadline deadline);
  Result<Rows> receive_one(Deadline deadline);
  Result<void> receive_sync(Deadline deadline);
  Result<void> drain_commands(Deadline deadline);
  Result<void> put_copy_data(std::string_view bytes, Deadline deadline);
  Result<void> set_timeout(std::chrono::milliseconds timeout);

  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Finish> connection_;
  const std::string name_;  ///< for messages
  /// The session's statement_timeout as last set; none when a failure may have taken it back.
  std::optional<std::chrono::milliseconds> timeout_;
  std::atomic<std::uint64_t>* const missed_deadlines_;  ///< null: nobody counts
  std::optional<Error> failure_;                        ///< the first that made it broken

  /// A statement that the server keeps, or is about to.
  struct Prepared {
    std::string name;
    bool sent = false;
  };
  std::map<std::string, Prepared, std::less<>> prepared_;  ///< by text; our repeated ones, a dozen
  /// For each statement that was sent and has no answer yet: what was prepared ahead of it, or
  /// null.
  std::deque<Prepared*> preparing_;
};

}  // namespace marquee::postgres
