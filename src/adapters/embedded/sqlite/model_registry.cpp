#include "adapters/embedded/sqlite/model_registry.h"

#include <fmt/format.h>

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

Result<std::optional<ModelVersion>> read_pointer(SqliteConnection& connection,
                                                 std::string_view name) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT version FROM model_pointers WHERE name = ?"));
  MARQUEE_TRY(const bool row, query.bind(name).step());
  return row ? std::optional(ModelVersion(query.string(0))) : std::nullopt;
}

Result<void> write_pointer(SqliteConnection& connection, std::string_view name,
                           const ModelVersion& version) {
  MARQUEE_TRY(auto upsert, connection.prepare("INSERT INTO model_pointers VALUES(?, ?) "
                                              "ON CONFLICT(name) DO UPDATE SET "
                                              "version = excluded.version"));
  return upsert.bind(name).bind(std::string_view(version.value())).run();
}

Result<void> mark_promoted(SqliteConnection& connection, const ModelVersion& version,
                           std::int64_t now_ms) {
  MARQUEE_TRY(auto update,
              connection.prepare("UPDATE models SET promoted_at = ? WHERE version = ?"));
  MARQUEE_CHECK(update.bind(now_ms).bind(std::string_view(version.value())).run());
  if (connection.changes() > 0) return {};
  return Error{ErrorCode::kNotFound, fmt::format("there is no model '{}'", version.value())};
}

}  // namespace

Result<void> SqliteModelRegistry::add(const ModelRecord& model) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto upsert,
                writer.prepare("INSERT INTO models VALUES(?, ?, ?, ?) "
                               "ON CONFLICT(version) DO UPDATE SET "
                               "created_at = excluded.created_at, manifest = excluded.manifest, "
                               "promoted_at = coalesce(excluded.promoted_at, promoted_at)"));
    return upsert.bind(std::string_view(model.version.value()))
        .bind(model.created_at_ms)
        .bind(std::string_view(model.manifest))
        .bind(model.promoted_at_ms)
        .run();
  });
}

Result<std::vector<ModelRecord>> SqliteModelRegistry::list() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::vector<ModelRecord>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT version, created_at, manifest, promoted_at FROM models "
                               "ORDER BY created_at DESC, version DESC"));
    std::vector<ModelRecord> models;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return models;
      ModelRecord model{ModelVersion(query.string(0)), query.i64(1), query.string(2), std::nullopt};
      if (!query.is_null(3)) model.promoted_at_ms = query.i64(3);
      models.push_back(std::move(model));
    }
  });
}

Result<std::optional<ModelVersion>> SqliteModelRegistry::current() const {
  return database_.read([](SqliteConnection& reader) { return read_pointer(reader, "current"); });
}

Result<std::optional<ModelVersion>> SqliteModelRegistry::previous() const {
  return database_.read([](SqliteConnection& reader) { return read_pointer(reader, "previous"); });
}

Result<void> SqliteModelRegistry::promote(const ModelVersion& version, std::int64_t now_ms) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(const auto current, read_pointer(writer, "current"));
    if (current == version) return {};
    MARQUEE_CHECK(mark_promoted(writer, version, now_ms));
    if (current) MARQUEE_CHECK(write_pointer(writer, "previous", *current));
    return write_pointer(writer, "current", version);
  });
}

}  // namespace marquee::embedded
