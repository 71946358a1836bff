#pragma once

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/options.h"
#include "domain/movie_table.h"

namespace marquee::testing {

/// The URI of the real server, from STACK_POSTGRES_URL. Throws when it is not set, so that the test
/// fails and says why.
inline std::string postgres_uri() {
  const char* uri = std::getenv("STACK_POSTGRES_URL");
  if (uri == nullptr || *uri == '\0') {
    throw std::runtime_error(
        "STACK_POSTGRES_URL is not set: run this under 'tools/stack exec postgres -- …'");
  }
  return uri;
}

/// Options for `schema` of that server, with time-outs that a loaded machine keeps.
inline postgres::PostgresOptions postgres_options(const std::string& schema) {
  auto options = postgres::PostgresOptions::parse(
      postgres_uri() + "?read_timeout_ms=10000&write_timeout_ms=20000&connect_timeout_ms=10000"
                       "&pool_wait_ms=5000&schema=" + schema);
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
    static_cast<void>((*connection)->execute(
        fmt::format("DROP SCHEMA IF EXISTS \"{}\" CASCADE", options_.schema),
        options_.bulk_timeout));
  }
  PostgresSchema(const PostgresSchema&) = delete;
  PostgresSchema& operator=(const PostgresSchema&) = delete;

  const postgres::PostgresOptions& options() const { return options_; }

  /// Another process's door to it.
  std::unique_ptr<postgres::PostgresDatabase> open() const {
    auto database =
        postgres::PostgresDatabase::open(options_, postgres::PostgresDatabase::Mode::kMigrate);
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
