#include "adapters/embedded/sqlite/api_key_store.h"

#include <fmt/format.h>

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

std::optional<std::int64_t> optional_time(const SqliteQuery& query, int column) {
  return query.is_null(column) ? std::nullopt : std::optional(query.i64(column));
}

std::optional<std::string_view> viewer_of(const ApiKey& key) {
  return key.viewer ? std::optional<std::string_view>(key.viewer->value()) : std::nullopt;
}

Result<void> insert_key(SqliteConnection& writer, const ApiKey& key) {
  MARQUEE_TRY(auto insert,
              writer.prepare("INSERT INTO api_keys VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  auto added = insert.bind(std::string_view(key.id))
                   .bind(std::string_view(key.name))
                   .bind(std::string_view(key.role))
                   .bind(viewer_of(key))
                   .bind(std::string_view(key.hash))
                   .bind(key.created_at_ms)
                   .bind(key.expires_at_ms)
                   .bind(key.last_used_at_ms)
                   .bind(key.revoked_at_ms)
                   .run();
  if (added.ok() || added.error().code != ErrorCode::kConflict) return added;
  return Error{ErrorCode::kConflict, fmt::format("there is a key '{}' already", key.id)};
}

Result<void> next_revision(SqliteConnection& writer) {
  return writer.execute("UPDATE api_key_revision SET revision = revision + 1");
}

/// kNotFound for no such key; whether it is revoked.
Result<bool> is_revoked(SqliteConnection& connection, const std::string& id) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT revoked_at FROM api_keys WHERE key_id = ?"));
  MARQUEE_TRY(const bool row, query.bind(std::string_view(id)).step());
  if (!row) return no_such_key(id);
  return !query.is_null(0);
}

ApiKey read_key(const SqliteQuery& query) {
  ApiKey key;
  key.id = query.string(0);
  key.name = query.string(1);
  key.role = query.string(2);
  if (!query.is_null(3)) key.viewer = UserId(query.string(3));
  key.hash = query.string(4);
  key.created_at_ms = query.i64(5);
  key.expires_at_ms = optional_time(query, 6);
  key.last_used_at_ms = optional_time(query, 7);
  key.revoked_at_ms = optional_time(query, 8);
  return key;
}

}  // namespace

Result<void> SqliteApiKeyStore::add(const ApiKey& key) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_CHECK(insert_key(writer, key));
    return next_revision(writer);
  });
}

Result<void> SqliteApiKeyStore::replace(const std::string& id, std::int64_t until_ms,
                                        const ApiKey& by) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(const bool revoked, is_revoked(writer, id));
    if (revoked) {
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("key '{}' is revoked: create another", id)};
    }
    MARQUEE_TRY(auto end, writer.prepare("UPDATE api_keys SET expires_at = "
                                         "min(coalesce(expires_at, ?1), ?1) WHERE key_id = ?2"));
    MARQUEE_CHECK(end.bind(until_ms).bind(std::string_view(id)).run());
    MARQUEE_CHECK(insert_key(writer, by));
    return next_revision(writer);
  });
}

Result<void> SqliteApiKeyStore::revoke(const std::string& id, std::int64_t at_ms) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(const bool revoked, is_revoked(writer, id));
    if (revoked) return {};
    MARQUEE_TRY(auto update, writer.prepare("UPDATE api_keys SET revoked_at = ? WHERE key_id = ?"));
    MARQUEE_CHECK(update.bind(at_ms).bind(std::string_view(id)).run());
    return next_revision(writer);
  });
}

Result<void> SqliteApiKeyStore::note_uses(std::span<const ApiKeyUse> uses) {
  return database_.write(Sync::kNormal, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto update,
                writer.prepare("UPDATE api_keys SET last_used_at = "
                               "max(coalesce(last_used_at, ?1), ?1) WHERE key_id = ?2"));
    for (const ApiKeyUse& use : uses) {
      MARQUEE_CHECK(update.bind(use.at_ms).bind(std::string_view(use.id)).run());
      update.rewind();
    }
    return {};
  });
}

Result<std::vector<ApiKey>> SqliteApiKeyStore::list() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::vector<ApiKey>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT key_id, name, role, viewer, hash, created_at, expires_at, "
                               "last_used_at, revoked_at FROM api_keys "
                               "ORDER BY created_at, key_id"));
    std::vector<ApiKey> keys;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return keys;
      keys.push_back(read_key(query));
    }
  });
}

Result<std::uint64_t> SqliteApiKeyStore::revision() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::uint64_t> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT revision FROM api_key_revision"));
    MARQUEE_TRY(const bool row, query.step());
    return row ? query.u64(0) : 0;
  });
}

}  // namespace marquee::embedded
