#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/options.h"
#include "base/clock.h"
#include "domain/movie_table.h"
#include "platform/environment.h"

namespace marquee::testing {

/// Options for `schema` of that server, with time-outs that a loaded machine keeps.
inline postgres::PostgresOptions postgres_options(const std::string& schema) {
  auto options = postgres::PostgresOptions::parse(
      stack_variable("STACK_POSTGRES_URL") +
      "?read_timeout_ms=10000&write_timeout_ms=20000&connect_timeout_ms=10000"
      "&pool_wait_ms=5000&schema=" +
      schema);
  if (!options.ok()) throw std::runtime_error(options.error().message);
  return *std::move(options);
}

/// A schema of its own on the shared server, which goes away with it.
class PostgresSchema {
 public:
  PostgresSchema() : options_(postgres_options(fresh_name())) {}
  ~PostgresSchema() {
    const auto connection = postgres::PostgresConnection::open(options_);
    if (!connection.ok()) return;
    static_cast<void>(
        (*connection)
            ->execute(fmt::format("DROP SCHEMA IF EXISTS \"{}\" CASCADE", options_.schema),
                      options_.bulk_timeout));
  }
  PostgresSchema(const PostgresSchema&) = delete;
  PostgresSchema& operator=(const PostgresSchema&) = delete;

  const postgres::PostgresOptions& options() const { return options_; }

  /// Another process's door to it.
  std::unique_ptr<postgres::PostgresDatabase> open() const {
    static const SystemClock kClock;
    auto database = postgres::PostgresDatabase::open(
        options_, postgres::PostgresDatabase::Mode::kMigrate, kClock);
    if (!database.ok()) throw std::runtime_error(database.error().message);
    return *std::move(database);
  }

 private:
  static std::string fresh_name() {
    static int next = 0;
    return fmt::format("test_{}_{}", getpid(), next++);
  }

  const postgres::PostgresOptions options_;
};

/// The start of every contract's harness: an empty database and what stores need beside it.
class PostgresHarness {
 public:
  postgres::PostgresDatabase& database() { return *database_; }
  const PostgresSchema& schema() const { return schema_; }
  MovieTable& movies() { return movies_; }

 private:
  PostgresSchema schema_;
  MovieTable movies_;
  std::unique_ptr<postgres::PostgresDatabase> database_ = schema_.open();
};

}  // namespace marquee::testing
