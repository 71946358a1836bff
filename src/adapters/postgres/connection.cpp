#include "adapters/postgres/connection.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "adapters/postgres/error.h"

namespace marquee::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// SQLSTATE of a statement that the server ended, at its statement_timeout.
constexpr std::string_view kQueryCanceled = "57014";

void discard_notice(void* /*context*/, const char* /*message*/) {}

/// What libpq is told besides the URI. The URI wins.
struct Default {
  const char* keyword;
  const char* value;
};
constexpr Default kDefaults[] = {{"application_name", "marquee"}, {"client_encoding", "UTF8"},
                                 {"gssencmode", "disable"},       {"keepalives_idle", "10"},
                                 {"keepalives_interval", "5"},    {"keepalives_count", "3"},
                                 {"tcp_user_timeout", "10000"}};

pg_conn* start(const PostgresOptions& options) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : kDefaults) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  for (const auto& [keyword, value] : options.connection) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectStartParams(keywords.data(), values.data(), 0);  // the last of a keyword wins
}

/// libpq gives no SQLSTATE for a refused connection, only the server's words.
std::string_view state_of_refusal(std::string_view message) {
  if (message.find("authentication failed") != std::string_view::npos ||
      message.find("no pg_hba.conf entry") != std::string_view::npos ||
      message.find("no password supplied") != std::string_view::npos) {
    return "28000";
  }
  // The server's word of the database; libpq says it of files.
  if (message.find("FATAL") != std::string_view::npos &&
      message.find("does not exist") != std::string_view::npos) {
    return "3D000";
  }
  if (message.find("too many clients") != std::string_view::npos ||
      message.find("remaining connection slots") != std::string_view::npos) {
    return "53300";
  }
  return {};
}

}  // namespace

void PostgresConnection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

PostgresConnection::PostgresConnection(const PostgresOptions& options,
                                       std::atomic<std::uint64_t>* missed_deadlines)
    : connection_(start(options)),
      name_(options.to_string()),
      missed_deadlines_(missed_deadlines) {}

PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(
    const PostgresOptions& options, std::atomic<std::uint64_t>* missed_deadlines) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(options, missed_deadlines));
  if (connection->connection_ == nullptr) {
    return Error{ErrorCode::kUnavailable, "out of memory connecting to PostgreSQL"};
  }
  MARQUEE_CHECK(connection->connect(options));
  MARQUEE_CHECK(connection->configure(options));
  return connection;
}

Result<void> PostgresConnection::connect(const PostgresOptions& options) {
  const Deadline deadline = steady_clock::now() + options.connect_timeout;
  PQsetNoticeProcessor(connection_.get(), &discard_notice, nullptr);
  // libpq: as if PQconnectPoll() had just said that the socket is to be written.
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(connection_.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
         state != PGRES_POLLING_FAILED) {
    MARQUEE_CHECK(wait_socket(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    state = PQconnectPoll(connection_.get());
  }
  if (state == PGRES_POLLING_OK) {
    if (PQsetnonblocking(connection_.get(), 1) != 0) return breaks("connecting");
    return {};
  }
  const std::string message = PQerrorMessage(connection_.get());
  const std::string_view sqlstate = state_of_refusal(message);
  const std::string where = fmt::format("connecting to {}", name_);
  return breaks(sqlstate.empty() ? connection_error(message, where)
                                 : postgres_error(sqlstate, message, where));
}

Result<void> PostgresConnection::configure(const PostgresOptions& options) {
  if (PQenterPipelineMode(connection_.get()) != 1) return breaks("connecting");
  // Types of extensions are found in public. A process that is paused inside of a transaction must
  // not hold others up for long: the server ends it.
  const Statement statement{
      "SELECT set_config('search_path', $1, false), set_config('TimeZone', 'UTC', false), "
      "set_config('idle_in_transaction_session_timeout', $2, false), "
      "set_config('tcp_keepalives_idle', '10', false), "
      "set_config('tcp_keepalives_interval', '5', false)",
      Parameters()
          .add(options.schema == "public" ? options.schema : options.schema + ", public")
          .add(std::to_string(options.write_timeout.count()))};
  MARQUEE_TRY(const Rows ignored, run(statement, options.connect_timeout));
  (void)ignored;
  return {};
}

Error PostgresConnection::breaks(Error error) {
  if (!failure_) failure_ = error;
  return error;
}

Error PostgresConnection::breaks(std::string_view doing) {
  std::string_view message = PQerrorMessage(connection_.get());
  if (message.empty()) message = "the connection is broken";
  return breaks(connection_error(message, fmt::format("{} {}", doing, name_)));
}

Error PostgresConnection::failure() const {
  return failure_.value_or(connection_error("the server ended the connection", name_));
}

Error PostgresConnection::failed(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  timeout_.reset();
  if (state == nullptr) return breaks("waiting for");
  if (std::string_view(state) == kQueryCanceled) miss_deadline();
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  Error error = postgres_error(state, message == nullptr ? "no message" : message, name_);
  return ends_the_connection(state) ? breaks(std::move(error)) : error;
}

void PostgresConnection::miss_deadline() const {
  if (missed_deadlines_ != nullptr) ++*missed_deadlines_;
}

Result<void> PostgresConnection::wait_socket(short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd socket{PQsocket(connection_.get()), events, 0};
    const int ready =
        left > 0 ? ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) : 0;
    if (ready > 0) return {};
    if (ready == 0 && left > 60'000) continue;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) miss_deadline();
    return breaks(connection_error(
        ready < 0 ? std::system_category().message(errno) : std::string("no answer in time"),
        fmt::format("waiting for {}", name_)));
  }
}

Result<void> PostgresConnection::flush(Deadline deadline) {
  for (;;) {
    const int more = PQflush(connection_.get());
    if (more < 0) return breaks("writing to");
    if (more == 0) return {};
    // Reading too: the server may not read on before it has got rid of its answers.
    MARQUEE_CHECK(wait_socket(POLLIN | POLLOUT, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return breaks("reading from");
  }
}

Result<void> PostgresConnection::await_result(Deadline deadline) {
  MARQUEE_CHECK(flush(deadline));
  while (PQisBusy(connection_.get()) != 0) {
    MARQUEE_CHECK(wait_socket(POLLIN, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return breaks("reading from");
  }
  return {};
}

Result<bool> PostgresConnection::wait_notification(Deadline deadline) {
  for (;;) {
    if (PQconsumeInput(connection_.get()) == 0) return breaks("listening to");
    bool any = false;
    for (;;) {
      const std::unique_ptr<PGnotify, decltype(&PQfreemem)> next(PQnotifies(connection_.get()),
                                                                 &PQfreemem);
      if (next == nullptr) break;
      any = true;
    }
    if (any) return true;
    if (PQstatus(connection_.get()) != CONNECTION_OK) return breaks("listening to");
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
  }
}

bool PostgresConnection::usable() {
  constexpr int kReadsMax = 8;  // the server's last words come before the end of the stream
  for (int i = 0; i < kReadsMax && !broken(); ++i) {
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    if (::poll(&socket, 1, 0) <= 0) break;
    if (PQconsumeInput(connection_.get()) == 0) static_cast<void>(breaks("reading from"));
  }
  return !broken() && PQstatus(connection_.get()) == CONNECTION_OK;
}

bool PostgresConnection::in_transaction() const {
  return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

}  // namespace marquee::postgres
