// What PostgresConnection sends and receives: pipelines, COPY and simple statements.

#include <algorithm>
#include <utility>

#include <libpq-fe.h>

#include "adapters/postgres/binary.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/error.h"

namespace marquee::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStallMax{60'000};

/// The server gives up by itself at `timeout`; this is for one that does not answer at all.
Deadline deadline_of(milliseconds timeout) {
  return steady_clock::now() + timeout + std::max(timeout, milliseconds(20));
}

std::unique_ptr<pg_result, Rows::Clear> next_result(pg_conn* connection) {
  return std::unique_ptr<pg_result, Rows::Clear>(PQgetResult(connection));
}

/// Parameters as libpq takes them, all in the binary format. They must outlive it.
struct Wire {
  explicit Wire(const Parameters& parameters)
      : types(parameters.types().begin(), parameters.types().end()), formats(parameters.size(), 1) {
    for (const auto& value : parameters.values()) {
      pointers.push_back(value ? value->data() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
    }
  }
  int count() const { return static_cast<int>(pointers.size()); }

  std::vector<Oid> types;
  std::vector<const char*> pointers;
  std::vector<int> lengths;
  std::vector<int> formats;
};

bool is_good(ExecStatusType status) {
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

}  // namespace

Result<void> PostgresConnection::send(const Statement& statement) {
  if (statement.repeated) return send_prepared(statement);
  const Wire wire(statement.parameters);
  if (PQsendQueryParams(connection_.get(), statement.sql.c_str(), wire.count(), wire.types.data(),
                        wire.pointers.data(), wire.lengths.data(), wire.formats.data(), 1) != 1) {
    return breaks("writing to");
  }
  preparing_.push_back(nullptr);
  return {};
}

Result<void> PostgresConnection::send_prepared(const Statement& statement) {
  Prepared& prepared = prepared_[statement.sql];
  if (prepared.name.empty()) prepared.name = "marquee_" + std::to_string(prepared_.size());
  const Wire wire(statement.parameters);
  const bool is_new = !prepared.sent;
  if (is_new && PQsendPrepare(connection_.get(), prepared.name.c_str(), statement.sql.c_str(),
                              wire.count(), wire.types.data()) != 1) {
    return breaks("writing to");
  }
  prepared.sent = true;
  if (PQsendQueryPrepared(connection_.get(), prepared.name.c_str(), wire.count(),
                          wire.pointers.data(), wire.lengths.data(), wire.formats.data(), 1) != 1) {
    return breaks("writing to");
  }
  preparing_.push_back(is_new ? &prepared : nullptr);
  return {};
}

/// What the statement whose turn it is gave. One that could not be prepared is prepared anew when
/// it is sent the next time.
Result<Rows> PostgresConnection::receive(Deadline deadline) {
  Prepared* const preparing = preparing_.front();
  preparing_.pop_front();
  if (preparing == nullptr) return receive_one(deadline);
  const auto prepared = receive_one(deadline);
  preparing->sent = prepared.ok();
  if (broken()) return prepared.error();
  auto rows = receive_one(deadline);
  if (!prepared.ok()) return prepared.error();
  return rows;
}

/// The next result, and the null that follows it.
Result<Rows> PostgresConnection::receive_one(Deadline deadline) {
  MARQUEE_CHECK(await_result(deadline));
  auto result = next_result(connection_.get());
  if (result == nullptr) return breaks("reading from");
  const ExecStatusType status = PQresultStatus(result.get());
  std::optional<Error> error;
  if (status == PGRES_PIPELINE_ABORTED) {
    error = Error{ErrorCode::kInternal, "a statement before it failed"};
  } else if (!is_good(status)) {
    error = failed(result.get());
  }
  if (broken()) return *std::move(error);
  MARQUEE_CHECK(await_result(deadline));
  next_result(connection_.get());
  if (error) return *std::move(error);
  return Rows(std::move(result));
}

Result<void> PostgresConnection::receive_sync(Deadline deadline) {
  MARQUEE_CHECK(await_result(deadline));
  const auto result = next_result(connection_.get());
  if (result != nullptr && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return {};
  // A constraint that is checked at the commit fails here.
  if (result != nullptr && PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) != nullptr) {
    return breaks(failed(result.get()));
  }
  return breaks("reading from");
}

Result<void> PostgresConnection::send_batch(std::span<const Statement> statements) {
  for (const Statement& statement : statements) MARQUEE_CHECK(send(statement));
  return PQpipelineSync(connection_.get()) == 1 ? Result<void>() : breaks("writing to");
}

/// What each of `count` statements gave, up to the sync behind them; the first error among them.
Result<std::vector<Rows>> PostgresConnection::receive_batch(std::size_t count, Deadline deadline) {
  std::vector<Rows> given;
  std::optional<Error> error;
  for (std::size_t i = 0; i < count; ++i) {
    auto rows = receive(deadline);
    if (rows.ok()) {
      given.push_back(std::move(rows).value());
    } else if (!error) {
      error = std::move(rows).error();
    }
    if (broken()) return *std::move(error);
  }
  auto synced = receive_sync(deadline);
  if (error) return *std::move(error);
  if (!synced.ok()) return std::move(synced).error();
  return given;
}

Result<std::vector<Rows>> PostgresConnection::run(std::span<const Statement> statements,
                                                  milliseconds timeout) {
  const Deadline deadline = deadline_of(timeout);
  const bool sets_timeout = timeout_ != timeout;
  if (sets_timeout) {
    // Behind a sync of its own: BEGIN ISOLATION LEVEL must come before any other statement.
    const Statement set = repeated({"SELECT set_config('statement_timeout', $1, false)",
                                    Parameters().add(std::to_string(timeout.count()))});
    MARQUEE_CHECK(send_batch(std::span(&set, 1)));
  }
  MARQUEE_CHECK(send_batch(statements));
  if (sets_timeout) {
    MARQUEE_TRY(const auto ignored, receive_batch(1, deadline));
    (void)ignored;
    timeout_ = timeout;
  }
  return receive_batch(statements.size(), deadline);
}

Result<Rows> PostgresConnection::run(const Statement& statement, milliseconds timeout) {
  MARQUEE_TRY(auto given, run(std::span(&statement, 1), timeout));
  return std::move(given.front());
}

/// Results up to the end of a simple statement; the first error among them.
Result<void> PostgresConnection::drain_commands(Deadline deadline) {
  std::optional<Error> error;
  for (;;) {
    MARQUEE_CHECK(await_result(deadline));
    const auto result = next_result(connection_.get());
    if (result == nullptr) break;
    if (!is_good(PQresultStatus(result.get())) && !error) error = failed(result.get());
    if (broken()) return error ? *std::move(error) : breaks("reading from");
  }
  if (PQenterPipelineMode(connection_.get()) != 1) return breaks("writing to");
  return error ? Result<void>(*std::move(error)) : Result<void>();
}

Result<void> PostgresConnection::set_timeout(milliseconds timeout) {
  if (timeout_ == timeout) return {};
  MARQUEE_TRY(const auto ignored, run(std::span<const Statement>(), timeout));
  (void)ignored;
  return {};
}

Result<void> PostgresConnection::execute(const std::string& sql, milliseconds timeout) {
  MARQUEE_CHECK(set_timeout(timeout));
  if (PQexitPipelineMode(connection_.get()) != 1) return breaks("writing to");
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return breaks("writing to");
  return drain_commands(deadline_of(timeout));
}

Result<void> PostgresConnection::put_copy_data(std::string_view bytes, Deadline deadline) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    const int put = PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size()));
    if (put < 0) return breaks("writing to");
    if (put == 1) bytes.remove_prefix(piece.size());
    MARQUEE_CHECK(flush(deadline));
  }
  return {};
}

Result<void> PostgresConnection::copy_in(const std::string& sql, const CopySource& source,
                                         milliseconds timeout) {
  MARQUEE_CHECK(set_timeout(timeout));
  // A server that takes nothing for so long is away, however long the whole may take.
  const auto stalled = [&] { return deadline_of(std::min(timeout, kStallMax)); };
  if (PQexitPipelineMode(connection_.get()) != 1) return breaks("writing to");
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return breaks("writing to");
  MARQUEE_CHECK(await_result(stalled()));
  if (const auto begun = next_result(connection_.get());
      begun == nullptr || PQresultStatus(begun.get()) != PGRES_COPY_IN) {
    Error error = begun == nullptr ? breaks("reading from") : failed(begun.get());
    static_cast<void>(drain_commands(stalled()));
    return error;
  }
  // Signature, flags, length of the extension (manual, COPY, binary format).
  MARQUEE_CHECK(
      put_copy_data(std::string_view("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19), stalled()));
  std::optional<Error> refused;
  for (;;) {
    const auto piece = source();
    if (!piece.ok()) refused = piece.error();
    if (refused || piece->empty()) break;
    MARQUEE_CHECK(put_copy_data(*piece, stalled()));
  }
  if (!refused) MARQUEE_CHECK(put_copy_data("\377\377", stalled()));
  if (PQputCopyEnd(connection_.get(), refused ? "given up by the client" : nullptr) < 0) {
    return breaks("writing to");
  }
  auto outcome = drain_commands(deadline_of(timeout));
  return refused ? Result<void>(*std::move(refused)) : std::move(outcome);
}

}  // namespace marquee::postgres
