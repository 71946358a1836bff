#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/options.h"
#include "adapters/postgres/pool_metrics.h"
#include "base/circuit_breaker.h"
#include "base/clock.h"
#include "base/result.h"

namespace marquee::postgres {

class PostgresDatabase;

/// One transaction on a connection on loan. It begins with the first statement, in the same round
/// trip, and is rolled back unless it is committed. Not thread-safe.
class PostgresTransaction {
 public:
  PostgresTransaction(PostgresConnection& connection, std::string begin,
                      std::chrono::milliseconds timeout)
      : connection_(connection), begin_(std::move(begin)), timeout_(timeout) {}

  Result<std::vector<Rows>> run(std::span<const Statement> statements);
  Result<Rows> run(const Statement& statement);
  Result<Rows> run(std::string sql, Parameters parameters = {}) {
    return run(Statement{std::move(sql), std::move(parameters)});
  }
  /// As run(), for statements that give nothing worth reading.
  Result<void> execute(std::span<const Statement> statements);
  Result<void> execute(const Statement& statement) { return execute(std::span(&statement, 1)); }
  Result<void> execute(std::string sql, Parameters parameters = {}) {
    return execute(Statement{std::move(sql), std::move(parameters)});
  }
  Result<void> copy_in(const std::string& sql, const CopySource& source);
  /// Runs a query through a cursor, so that memory holds `chunk` rows at a time.
  Result<void> for_each(const Statement& query, int chunk,
                        const std::function<Result<void>(const Rows&, int row)>& row);
  /// kUnavailable when the connection broke meanwhile: it may or may not be stored.
  Result<void> commit();
  void roll_back();

 private:
  PostgresConnection& connection_;
  std::string begin_;  ///< empty once it has begun
  const std::chrono::milliseconds timeout_;
};

/// The connections to one database, opened when they are needed, at most options.pool_size; a
/// broken one is replaced when its turn comes. When all are taken and none comes back in pool_wait,
/// a call fails with kUnavailable; at once, without asking, while the circuit breaker takes the
/// server for away. Threads: any.
///
/// A request's own thread neither connects nor probes, see query_now(): a thread in the background
/// does, when one was missed, and while the server is away. That thread reports, too.
class PostgresDatabase {
 public:
  enum class Mode {
    kMigrate,  ///< brings the schema up to date
    kUse,      ///< refuses another schema than this program's
  };

  /// kUnavailable when the server is away; else as migrate() or check_schema().
  /// `clock` must outlive it.
  static Result<std::unique_ptr<PostgresDatabase>> open(const PostgresOptions& options, Mode mode,
                                                        const Clock& clock);

  /// Without a look at the schema, nor at the server.
  PostgresDatabase(const PostgresOptions& options, const Clock& clock);

  /// One statement, its own transaction, within options.read_timeout (or `timeout`).
  Result<Rows> query(const Statement& statement) { return query(statement, options_.read_timeout); }
  Result<Rows> query(const Statement& statement, std::chrono::milliseconds timeout);
  Result<std::vector<Rows>> query(std::span<const Statement> statements,
                                  std::chrono::milliseconds timeout);
  /// The same for whoever cannot wait, on a connection that is open: kUnavailable when the breaker
  /// is not closed or no connection is free within options.pool_wait. After a failure it waits only
  /// for those on loan, one caller for each: opening one may take long then. No answer at all costs
  /// options.read_timeout and some.
  Result<Rows> query_now(const Statement& statement);
  /// The same of several in one round trip, which are one transaction.
  Result<std::vector<Rows>> query_now(std::span<const Statement> statements);

  /// body(PostgresTransaction&) → Result<T> in one transaction: committed when it succeeds, rolled
  /// back with its error otherwise. Each statement has options.write_timeout.
  template <typename Body>
  auto write(const Body& body) {
    return transact("BEGIN", options_.write_timeout, body);
  }
  /// The same for what may take long.
  template <typename Body>
  auto write_bulk(const Body& body) {
    return transact("BEGIN", options_.bulk_timeout, body);
  }
  /// The same, reading only, all of it from one snapshot.
  template <typename Body>
  auto read_snapshot(const Body& body) {
    return transact("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", options_.load_timeout, body);
  }

  /// Ok while calls go ahead; else the last failure.
  Result<void> health() const;
  const PostgresOptions& options() const { return options_; }
  PostgresPoolCounts counts() const;
  /// From now on the counts go to `metrics`, which must outlive this, once a second.
  void report_to(telemetry::Metrics& metrics);

 private:
  /// A connection on loan, and the breaker's word for it.
  class Loan {
   public:
    Loan(PostgresDatabase& database, CircuitBreaker::Permit permit,
         std::unique_ptr<PostgresConnection> connection)
        : database_(&database), permit_(std::move(permit)), connection_(std::move(connection)) {}
    Loan(Loan&& other) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (connection_ != nullptr) database_->give_back(std::move(connection_), permit_);
    }
    PostgresConnection& operator*() const { return *connection_; }
    PostgresConnection* operator->() const { return connection_.get(); }

   private:
    PostgresDatabase* database_;
    CircuitBreaker::Permit permit_;
    std::unique_ptr<PostgresConnection> connection_;
  };

  Result<Loan> borrow();
  Result<Loan> borrow_open();
  /// One that is still of use of those that were given back. With the lock.
  std::unique_ptr<PostgresConnection> pop_idle();
  /// Opens one in a place that is taken already.
  Result<std::unique_ptr<PostgresConnection>> open_in_place(CircuitBreaker::Permit& permit);
  /// How many may come back at any moment. With the lock.
  std::size_t lent() const { return open_ - idle_.size() - opening_now_; }
  /// The thread in the background.
  void run_background(const std::stop_token& stop);
  void report_every_second(std::chrono::steady_clock::time_point& next);
  void open_one();
  Error away();
  /// A connection that was given back, or none when one may be opened.
  Result<std::unique_ptr<PostgresConnection>> take_idle();
  void give_back(std::unique_ptr<PostgresConnection> connection, CircuitBreaker::Permit& permit);
  void give_up_place(std::optional<Error> why);

  template <typename Body>
  auto transact(std::string begin, std::chrono::milliseconds timeout, const Body& body)
      -> decltype(body(std::declval<PostgresTransaction&>())) {
    MARQUEE_TRY(const Loan loan, borrow());
    PostgresTransaction transaction(*loan, std::move(begin), timeout);
    auto outcome = body(transaction);
    if (!outcome.ok()) {
      transaction.roll_back();
      return outcome;
    }
    MARQUEE_CHECK(transaction.commit());
    return outcome;
  }

  const PostgresOptions options_;
  CircuitBreaker breaker_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::atomic<std::uint64_t> missed_deadlines_ = 0;        ///< of all connections
  std::vector<std::unique_ptr<PostgresConnection>> idle_;  ///< the last one used at the end
  std::size_t open_ = 0;                                   ///< idle, on loan and being opened
  std::size_t opening_now_ = 0;                            ///< among them
  std::size_t waiting_ = 0;                                ///< callers, for one on loan
  std::size_t missed_ = 0;                                 ///< asked for, and not open
  std::uint64_t none_free_ = 0;        ///< calls that were not made, for want of a connection
  std::optional<Error> last_failure_;  ///< of a connection
  bool failing_ = false;               ///< no connection has been of use since
  std::optional<PostgresPoolMetrics> metrics_;
  std::atomic<std::uint64_t> left_alone_ = 0;  ///< calls that were not made, by the breaker
  std::condition_variable_any wanted_;
  std::jthread background_;  ///< last: ends before what it uses
};

}  // namespace marquee::postgres
