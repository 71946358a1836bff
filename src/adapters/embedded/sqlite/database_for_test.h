#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/connection.h"
#include "adapters/embedded/sqlite/schema.h"

namespace marquee::embedded {

/// A connection that must open.
inline std::unique_ptr<SqliteConnection> connect(const std::filesystem::path& path,
                                                 bool read_only = false) {
  SqliteConnection::Options options;
  options.read_only = read_only;
  auto connection = SqliteConnection::open(path, options);
  EXPECT_TRUE(connection.ok());
  return std::move(connection).value();
}

/// Runs SQL that must succeed.
inline void execute(SqliteConnection& connection, const std::string& sql) {
  const auto outcome = connection.execute(sql.c_str());
  EXPECT_TRUE(outcome.ok()) << sql << ": " << (outcome.ok() ? "" : outcome.error().message);
}

/// The first column of every row as text, NULL as "-". `sql` must outlive the connection.
inline std::vector<std::string> column(SqliteConnection& connection, std::string_view sql) {
  std::vector<std::string> rows;
  auto query = connection.prepare(sql);
  EXPECT_TRUE(query.ok()) << sql;
  if (!query.ok()) return rows;
  for (;;) {
    const auto row = query->step();
    EXPECT_TRUE(row.ok()) << sql;
    if (!row.ok() || !*row) return rows;
    rows.push_back(query->is_null(0) ? "-" : query->string(0));
  }
}

/// The only row's number; -1 when there is none.
inline std::int64_t number(SqliteConnection& connection, std::string_view sql) {
  const auto rows = column(connection, sql);
  return rows.size() == 1 ? std::stoll(rows[0]) : -1;
}

/// A database of the current schema in a file of its own.
inline std::unique_ptr<SqliteConnection> migrated(const std::filesystem::path& path) {
  auto connection = connect(path);
  EXPECT_TRUE(migrate(*connection, migrations()).ok());
  return connection;
}

}  // namespace marquee::embedded
