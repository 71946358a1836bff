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
  background_ = std::jthread([this](const std::stop_token& stop) { run_background(stop); });
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
  ++waiting_;
  const bool free = returned_.wait_for(
      lock, options_.pool_wait, [&] { return !idle_.empty() || open_ < options_.pool_size; });
  --waiting_;
  if (!free) {
    ++none_free_;
    return Error{ErrorCode::kUnavailable,
                 fmt::format("all {} connections to {} are taken; try again", options_.pool_size,
                             options_.to_string())};
  }
  if (auto connection = pop_idle()) return connection;
  ++open_;
  ++opening_now_;
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
    ++waiting_;
    returned_.wait_for(lock, options_.pool_wait,
                       [&] { return !idle_.empty() || (failing_ && waiting_ > lent()); });
    --waiting_;
  }
  if (auto connection = pop_idle()) return Loan(*this, *std::move(permit), std::move(connection));
  ++missed_;
  ++none_free_;
  wanted_.notify_one();
  return Error{ErrorCode::kUnavailable,
               fmt::format("no open connection to {} was free; try again", options_.to_string())};
}

/// Probes while the server is away, so that nobody's request has to.
void PostgresDatabase::run_background(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kPause{100};  // a breaker opens without telling anybody
  auto next_report = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    report_every_second(next_report);
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
    ++opening_now_;
  }
  auto connection = open_in_place(*permit);
  if (connection.ok()) give_back(std::move(connection).value(), *permit);
}

Result<std::unique_ptr<PostgresConnection>> PostgresDatabase::open_in_place(
    CircuitBreaker::Permit& permit) {
  auto connection = PostgresConnection::open(options_, &missed_deadlines_);
  if (!connection.ok()) permit.failed();
  const std::lock_guard lock(mutex_);
  --opening_now_;
  if (connection.ok()) return connection;
  --open_;
  last_failure_ = connection.error();
  failing_ = true;
  returned_.notify_all();
  return connection;
}

Result<PostgresDatabase::Loan> PostgresDatabase::borrow() {
  auto permit = breaker_.acquire();
  if (!permit) return away();
  MARQUEE_TRY(auto idle, take_idle());
  if (idle != nullptr) return Loan(*this, *std::move(permit), std::move(idle));
  MARQUEE_TRY(auto connection, open_in_place(*permit));
  return Loan(*this, *std::move(permit), std::move(connection));
}

Error PostgresDatabase::away() {
  ++left_alone_;
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
  failing_ = false;
  returned_.notify_one();
}

void PostgresDatabase::give_up_place(std::optional<Error> why) {
  const std::lock_guard lock(mutex_);
  --open_;
  if (why) {
    last_failure_ = std::move(why);
    failing_ = true;
  }
  returned_.notify_all();  // one may take its place, and who waited for it need not
}

PostgresPoolCounts PostgresDatabase::counts() const {
  PostgresPoolCounts counts;
  counts.breaker = breaker_.state();
  counts.until_probe = breaker_.until_probe();
  counts.breaker_opened = breaker_.opened();
  counts.left_alone = left_alone_;
  counts.missed_deadlines = missed_deadlines_;
  counts.size = options_.pool_size;
  const std::lock_guard lock(mutex_);
  counts.open = open_ - opening_now_;
  counts.in_use = lent();
  counts.waiting = waiting_;
  counts.none_free = none_free_;
  return counts;
}

void PostgresDatabase::report_to(telemetry::Metrics& metrics) {
  const std::lock_guard lock(mutex_);
  metrics_.emplace(metrics);
}

void PostgresDatabase::report_every_second(std::chrono::steady_clock::time_point& next) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next) return;
  const PostgresPoolCounts counts = this->counts();
  const std::lock_guard lock(mutex_);
  if (!metrics_) return;
  next = now + std::chrono::seconds(1);
  metrics_->show(counts);
}

Result<void> PostgresDatabase::health() const {
  if (breaker_.state() == CircuitBreaker::State::kClosed) return {};
  const std::lock_guard lock(mutex_);
  return last_failure_.value_or(
      Error{ErrorCode::kUnavailable, options_.to_string() + " is away; try again"});
}

}  // namespace marquee::postgres
