#include "adapters/postgres/model_registry.h"

#include <fmt/format.h>

namespace marquee::postgres {
namespace {

Statement pointer_statement(std::string_view name) {
  return {"SELECT version FROM model_pointers WHERE name = $1", Parameters().add(name)};
}

std::optional<ModelVersion> read_pointer(const Rows& rows) {
  return rows.empty() ? std::nullopt : std::optional(ModelVersion(rows.string(0, 0)));
}

Statement set_pointer(std::string_view name, const ModelVersion& version) {
  return {
      "INSERT INTO model_pointers VALUES($1, $2) "
      "ON CONFLICT(name) DO UPDATE SET version = excluded.version",
      Parameters().add(name).add(version.value())};
}

}  // namespace

Result<void> PostgresModelRegistry::add(const ModelRecord& model) {
  return database_.write([&](PostgresTransaction& transaction) {
    return transaction.execute(
        "INSERT INTO models AS m VALUES($1, $2, $3::text::json, $4::bigint) "
        "ON CONFLICT(version) DO UPDATE SET created_at = excluded.created_at, "
        "manifest = excluded.manifest, promoted_at = coalesce(excluded.promoted_at, m.promoted_at)",
        Parameters()
            .add(model.version.value())
            .add(model.created_at_ms)
            .add(model.manifest)
            .add(model.promoted_at_ms));
  });
}

Result<std::vector<ModelRecord>> PostgresModelRegistry::list() const {
  MARQUEE_TRY(const Rows rows,
              database_.query({"SELECT version, created_at, manifest::text, promoted_at "
                               "FROM models ORDER BY created_at DESC, version DESC"},
                              database_.options().write_timeout));
  std::vector<ModelRecord> models;
  for (int row = 0; row < rows.size(); ++row) {
    models.push_back(ModelRecord{ModelVersion(rows.string(row, 0)), rows.i64(row, 1),
                                 rows.string(row, 2), rows.optional_i64(row, 3)});
  }
  return models;
}

Result<std::optional<ModelVersion>> PostgresModelRegistry::find_pointer(
    std::string_view name) const {
  MARQUEE_TRY(const Rows rows,
              database_.query(pointer_statement(name), database_.options().write_timeout));
  return read_pointer(rows);
}

Result<std::optional<ModelVersion>> PostgresModelRegistry::current() const {
  return find_pointer("current");
}

Result<std::optional<ModelVersion>> PostgresModelRegistry::previous() const {
  return find_pointer("previous");
}

Result<void> PostgresModelRegistry::promote(const ModelVersion& version, std::int64_t now_ms) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    // The pointers may not be there yet, so that there is no row to lock.
    const std::vector<Statement> reads{{"LOCK TABLE model_pointers IN SHARE ROW EXCLUSIVE MODE"},
                                       pointer_statement("current")};
    MARQUEE_TRY(const auto given, transaction.run(reads));
    const auto current = read_pointer(given[1]);
    if (current == version) return {};
    MARQUEE_TRY(const Rows marked,
                transaction.run("UPDATE models SET promoted_at = $1 WHERE version = $2",
                                Parameters().add(now_ms).add(version.value())));
    if (marked.changed() == 0) {
      return Error{ErrorCode::kNotFound, fmt::format("there is no model '{}'", version.value())};
    }
    std::vector<Statement> writes{set_pointer("current", version)};
    if (current) writes.push_back(set_pointer("previous", *current));
    return transaction.execute(writes);
  });
}

}  // namespace marquee::postgres
