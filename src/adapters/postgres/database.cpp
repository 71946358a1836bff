#include "adapters/postgres/database.h"

#include <fmt/format.h>

#include "adapters/postgres/error.h"
#include "adapters/postgres/schema.h"

namespace marquee::postgres {

Result<std::vector<Rows>> PostgresTransaction::run(std::span<const Statement> statements) {
  if (begin_.empty()) return connection_.run(statements, timeout_);
  std::vector<Statement> all{Statement{std::exchange(begin_, {})}};
  all.insert(all.end(), statements.begin(), statements.end());
  MARQUEE_TRY(auto given, connection_.run(all, timeout_));
  given.erase(given.begin());
  return given;
}

Result<Rows> PostgresTransaction::run(const Statement& statement) {
  MARQUEE_TRY(auto given, run(std::span(&statement, 1)));
  return std::move(given.front());
}

Result<void> PostgresTransaction::execute(std::span<const Statement> statements) {
  MARQUEE_TRY(const auto ignored, run(statements));
  (void)ignored;
  return {};
}

Result<void> PostgresTransaction::copy_in(const std::string& sql, const CopySource& source) {
  if (!begin_.empty()) MARQUEE_CHECK(execute(std::span<const Statement>()));
  return connection_.copy_in(sql, source, timeout_);
}

Result<void> PostgresTransaction::for_each(
    const Statement& query, int chunk,
    const std::function<Result<void>(const Rows&, int row)>& row) {
  const std::string fetch = fmt::format("FETCH {} FROM chunks", chunk);
  const std::vector<Statement> first{
      {"DECLARE chunks NO SCROLL CURSOR FOR " + query.sql, query.parameters}, {fetch}};
  MARQUEE_TRY(auto given, run(first));
  Rows rows = std::move(given.back());
  for (;;) {
    for (int i = 0; i < rows.size(); ++i) MARQUEE_CHECK(row(rows, i));
    if (rows.size() < chunk) break;
    MARQUEE_TRY(rows, run(fetch));
  }
  return execute("CLOSE chunks");
}

Result<void> PostgresTransaction::commit() {
  if (!begin_.empty()) return {};
  return execute("COMMIT");
}

void PostgresTransaction::roll_back() {
  if (!begin_.empty() || !connection_.usable() || !connection_.in_transaction()) return;
  static_cast<void>(run("ROLLBACK"));
  connection_.forget_settings();
}

PostgresDatabase::PostgresDatabase(const PostgresOptions& options, const Clock& clock)
    : options_(options), breaker_(clock, options.breaker) {
  opening_ = std::jthread([this](const std::stop_token& stop) { open_wanted(stop); });
}

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(const PostgresOptions& options,
                                                                 Mode mode, const Clock& clock) {
  auto database = std::make_unique<PostgresDatabase>(options, clock);
  MARQUEE_TRY(const Loan loan, database->borrow());
  if (mode == Mode::kMigrate) {
    MARQUEE_CHECK(migrate(*loan, options, migrations()));
  } else {
    MARQUEE_CHECK(check_schema(*loan, options, migrations()));
  }
  return database;
}

Result<Rows> PostgresDatabase::query(const Statement& statement,
                                     std::chrono::milliseconds timeout) {
  MARQUEE_TRY(const Loan loan, borrow());
  return loan->run(statement, timeout);
}

Result<std::vector<Rows>> PostgresDatabase::query(std::span<const Statement> statements,
                                                  std::chrono::milliseconds timeout) {
  MARQUEE_TRY(const Loan loan, borrow());
  return loan->run(statements, timeout);
}

Result<std::unique_ptr<PostgresConnection>> PostgresDatabase::take_idle() {
  std::unique_lock lock(mutex_);
  const bool free = returned_.wait_for(
      lock, options_.pool_wait, [&] { return !idle_.empty() || open_ < options_.pool_size; });
  if (!free) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("all {} connections to {} are taken; try again", options_.pool_size,
                             options_.to_string())};
  }
  if (auto connection = pop_idle()) return connection;
  ++open_;
  return std::unique_ptr<PostgresConnection>();
}

std::unique_ptr<PostgresConnection> PostgresDatabase::pop_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->usable()) return connection;
    --open_;  // the server has ended it, by a restart for instance: that is nobody's failure
  }
  return nullptr;
}

Result<Rows> PostgresDatabase::query_now(const Statement& statement) {
  MARQUEE_TRY(const Loan loan, borrow_open());
  return loan->run(statement, options_.read_timeout);
}

Result<std::vector<Rows>> PostgresDatabase::query_now(std::span<const Statement> statements) {
  MARQUEE_TRY(const Loan loan, borrow_open());
  return loan->run(statements, options_.read_timeout);
}

Result<PostgresDatabase::Loan> PostgresDatabase::borrow_open() {
  auto permit = breaker_.acquire_unless_open();
  if (!permit) return away();
  std::unique_lock lock(mutex_);
  if (idle_.empty()) {
    ++missed_;
    wanted_.notify_one();
    returned_.wait_for(lock, options_.pool_wait, [&] { return !idle_.empty(); });
  }
  if (auto connection = pop_idle()) return Loan(*this, *std::move(permit), std::move(connection));
  ++missed_;
  wanted_.notify_one();
  return Error{ErrorCode::kUnavailable,
               fmt::format("no open connection to {} was free; try again", options_.to_string())};
}

/// Probes while the server is away, so that nobody's request has to.
void PostgresDatabase::open_wanted(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kPause{100};  // a breaker opens without telling anybody
  while (!stop.stop_requested()) {
    bool wanted = false;
    {
      std::unique_lock lock(mutex_);
      wanted_.wait_for(lock, stop, kPause, [&] { return missed_ > 0; });
      wanted = missed_ > 0 && open_ < options_.pool_size;
      missed_ = 0;
    }
    const bool away = breaker_.state() != CircuitBreaker::State::kClosed;
    if (stop.stop_requested()) return;
    if (away ? breaker_.until_probe().count() == 0 : wanted) open_one();
  }
}

/// As everybody does, to give it back for others.
void PostgresDatabase::open_one() {
  auto permit = breaker_.acquire();
  if (!permit) return;
  {
    const std::lock_guard lock(mutex_);
    if (open_ >= options_.pool_size) return;
    ++open_;
  }
  auto connection = PostgresConnection::open(options_);
  if (connection.ok()) return give_back(std::move(connection).value(), *permit);
  permit->failed();
  give_up_place(connection.error());
}

Result<PostgresDatabase::Loan> PostgresDatabase::borrow() {
  auto permit = breaker_.acquire();
  if (!permit) return away();
  MARQUEE_TRY(auto idle, take_idle());
  if (idle != nullptr) return Loan(*this, *std::move(permit), std::move(idle));
  auto connection = PostgresConnection::open(options_);
  if (connection.ok()) return Loan(*this, *std::move(permit), std::move(connection).value());
  permit->failed();
  give_up_place(connection.error());
  return std::move(connection).error();
}

Error PostgresDatabase::away() const {
  const Result<void> known = health();
  return known.ok() ? Error{ErrorCode::kUnavailable, "try again"} : known.error();
}

void PostgresDatabase::give_back(std::unique_ptr<PostgresConnection> connection,
                                 CircuitBreaker::Permit& permit) {
  if (!connection->usable()) {
    permit.failed();
    give_up_place(connection->failure());
    return;
  }
  permit.succeeded();
  if (connection->in_transaction()) {
    connection.reset();
    give_up_place(std::nullopt);
    return;
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.notify_one();
}

void PostgresDatabase::give_up_place(std::optional<Error> why) {
  const std::lock_guard lock(mutex_);
  --open_;
  if (why) last_failure_ = std::move(why);
  returned_.notify_one();
}

Result<void> PostgresDatabase::health() const {
  if (breaker_.state() == CircuitBreaker::State::kClosed) return {};
  const std::lock_guard lock(mutex_);
  return last_failure_.value_or(
      Error{ErrorCode::kUnavailable, options_.to_string() + " is away; try again"});
}

}  // namespace marquee::postgres
