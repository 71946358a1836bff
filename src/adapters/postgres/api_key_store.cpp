#include "adapters/postgres/api_key_store.h"

#include <fmt/format.h>

namespace marquee::postgres {
namespace {

std::optional<std::string_view> viewer_of(const ApiKey& key) {
  return key.viewer ? std::optional<std::string_view>(key.viewer->value()) : std::nullopt;
}

/// Writers of keys wait for one another: whoever sees a revision sees what it stands for.
Result<void> next_revision(PostgresTransaction& transaction) {
  return transaction.execute("UPDATE api_key_revision SET revision = revision + 1");
}

Result<void> insert_key(PostgresTransaction& transaction, const ApiKey& key) {
  MARQUEE_TRY(const Rows added,
              transaction.run("INSERT INTO api_keys VALUES($1, $2, $3, $4::text, $5, $6, "
                              "$7::bigint, $8::bigint, $9::bigint) ON CONFLICT DO NOTHING",
                              Parameters()
                                  .add(key.id)
                                  .add(key.name)
                                  .add(key.role)
                                  .add(viewer_of(key))
                                  .add(key.hash)
                                  .add(key.created_at_ms)
                                  .add(key.expires_at_ms)
                                  .add(key.last_used_at_ms)
                                  .add(key.revoked_at_ms)));
  if (added.changed() > 0) return {};
  return Error{ErrorCode::kConflict, fmt::format("there is a key '{}' already", key.id)};
}

/// Locks the key; kNotFound for no such one; whether it is revoked.
Result<bool> lock_key(PostgresTransaction& transaction, const std::string& id) {
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT revoked_at FROM api_keys WHERE key_id = $1 FOR UPDATE",
                              Parameters().add(id)));
  if (rows.empty()) return no_such_key(id);
  return !rows.is_null(0, 0);
}

ApiKey read_key(const Rows& rows, int row) {
  ApiKey key;
  key.id = rows.string(row, 0);
  key.name = rows.string(row, 1);
  key.role = rows.string(row, 2);
  if (!rows.is_null(row, 3)) key.viewer = UserId(rows.string(row, 3));
  key.hash = rows.string(row, 4);
  key.created_at_ms = rows.i64(row, 5);
  key.expires_at_ms = rows.optional_i64(row, 6);
  key.last_used_at_ms = rows.optional_i64(row, 7);
  key.revoked_at_ms = rows.optional_i64(row, 8);
  return key;
}

}  // namespace

Result<void> PostgresApiKeyStore::add(const ApiKey& key) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(next_revision(transaction));
    return insert_key(transaction, key);
  });
}

Result<void> PostgresApiKeyStore::replace(const std::string& id, std::int64_t until_ms,
                                          const ApiKey& by) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(next_revision(transaction));
    MARQUEE_TRY(const bool revoked, lock_key(transaction, id));
    if (revoked) {
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("key '{}' is revoked: create another", id)};
    }
    MARQUEE_CHECK(transaction.execute(
        "UPDATE api_keys SET expires_at = least(expires_at, $1) WHERE key_id = $2",
        Parameters().add(until_ms).add(id)));
    return insert_key(transaction, by);
  });
}

Result<void> PostgresApiKeyStore::revoke(const std::string& id, std::int64_t at_ms) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(next_revision(transaction));
    MARQUEE_TRY(const bool revoked, lock_key(transaction, id));
    if (revoked) return {};
    return transaction.execute("UPDATE api_keys SET revoked_at = $1 WHERE key_id = $2",
                               Parameters().add(at_ms).add(id));
  });
}

Result<void> PostgresApiKeyStore::note_uses(std::span<const ApiKeyUse> uses) {
  std::vector<Statement> updates;
  for (const ApiKeyUse& use : uses) {
    updates.push_back(
        {"UPDATE api_keys SET last_used_at = greatest(last_used_at, $1) "
         "WHERE key_id = $2",
         Parameters().add(use.at_ms).add(use.id)});
  }
  return database_.write(
      [&](PostgresTransaction& transaction) { return transaction.execute(updates); });
}

Result<std::vector<ApiKey>> PostgresApiKeyStore::list() const {
  MARQUEE_TRY(const Rows rows,
              database_.query({"SELECT key_id, name, role, viewer, hash, created_at, expires_at, "
                               "last_used_at, revoked_at FROM api_keys "
                               "ORDER BY created_at, key_id"},
                              database_.options().write_timeout));
  std::vector<ApiKey> keys;
  for (int row = 0; row < rows.size(); ++row) keys.push_back(read_key(rows, row));
  return keys;
}

Result<std::uint64_t> PostgresApiKeyStore::revision() const {
  MARQUEE_TRY(const Rows rows, database_.query({"SELECT revision FROM api_key_revision"},
                                               database_.options().write_timeout));
  return rows.empty() ? 0 : rows.u64(0, 0);
}

}  // namespace marquee::postgres
