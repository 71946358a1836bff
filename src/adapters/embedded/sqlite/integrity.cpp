#include "adapters/embedded/sqlite/integrity.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

namespace marquee::embedded {
namespace {

/// Emptied and folded again by SqliteProfileStore::reset() and a fold from zero.
constexpr std::array<std::string_view, 7> kFoldedTables{
    "cursors",      "fold_totals",  "user_profiles", "movie_counts",
    "interactions", "dead_letters", "deduplicated"};

/// The first finding, without SQLite's heading and numbers; "ok" when there is none.
std::string in_words(std::string finding) {
  if (finding.starts_with("***")) finding.erase(0, finding.find('\n') + 1);
  const std::string code =
      fmt::format("unable to get the page. error code={}", int{SQLITE_IOERR_DATA});
  if (const auto at = finding.find(code); at != std::string::npos) {
    finding.replace(at, code.size(), "its checksum does not hold");
  }
  return finding;
}

/// `table` may be null: the whole database.
std::string first_finding(SqliteConnection& reader, const std::string* table) {
  auto query =
      reader.prepare(table == nullptr ? "SELECT integrity_check FROM pragma_integrity_check(1)"
                                      : "SELECT integrity_check FROM pragma_integrity_check(?)");
  if (!query.ok()) return query.error().message;
  if (table != nullptr) query->bind(std::string_view(*table));
  const auto row = query->step();
  if (!row.ok()) return row.error().message;
  return *row ? in_words(query->string(0)) : "ok";
}

Result<std::vector<std::string>> tables_of(SqliteConnection& reader) {
  MARQUEE_TRY(auto query, reader.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'"));
  std::vector<std::string> tables;
  for (;;) {
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return tables;
    tables.push_back(query.string(0));
  }
}

}  // namespace

bool Damage::folded_only() const {
  return !tables.empty() && std::all_of(tables.begin(), tables.end(), [](const std::string& table) {
    return std::find(kFoldedTables.begin(), kFoldedTables.end(), table) != kFoldedTables.end();
  });
}

Result<std::optional<Damage>> find_damage(SqliteConnection& reader) {
  Damage damage;
  damage.finding = first_finding(reader, nullptr);
  if (damage.finding == "ok") return std::optional<Damage>();
  MARQUEE_TRY(const auto tables, tables_of(reader));
  for (const std::string& table : tables) {
    if (first_finding(reader, &table) != "ok") damage.tables.push_back(table);
  }
  return std::optional(std::move(damage));
}

Error damage_error(const std::string& path, const Damage& damage) {
  const std::string where =
      damage.tables.empty() ? "" : fmt::format(", in {}", fmt::join(damage.tables, ", "));
  return Error{ErrorCode::kDataLoss,
               fmt::format("{} is damaged ({}{}): {}", path, damage.finding, where,
                           damage.folded_only()
                               ? "stop the server and run 'marquee rebuild', which folds it again"
                               : "stop the server and restore a backup")};
}

}  // namespace marquee::embedded
