#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/api_key_store.h"

namespace marquee::embedded {

/// The API keys in SQLite, every write with Sync::kFull but uses. `database` must outlive it.
class SqliteApiKeyStore final : public ApiKeyStore {
 public:
  explicit SqliteApiKeyStore(SqliteDatabase& database) : database_(database) {}

  Result<void> add(const ApiKey& key) override;
  Result<void> replace(const std::string& id, std::int64_t until_ms, const ApiKey& by) override;
  Result<void> revoke(const std::string& id, std::int64_t at_ms) override;
  Result<void> note_uses(std::span<const ApiKeyUse> uses) override;
  Result<std::vector<ApiKey>> list() const override;
  Result<std::uint64_t> revision() const override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
