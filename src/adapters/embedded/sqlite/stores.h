#pragma once

#include <filesystem>
#include <memory>

#include "adapters/embedded/sqlite/api_key_store.h"
#include "adapters/embedded/sqlite/audit_log.h"
#include "adapters/embedded/sqlite/catalog_store.h"
#include "adapters/embedded/sqlite/database.h"
#include "adapters/embedded/sqlite/feed_store.h"
#include "adapters/embedded/sqlite/fold_origin.h"
#include "adapters/embedded/sqlite/model_registry.h"
#include "adapters/embedded/sqlite/profile_store.h"
#include "adapters/embedded/sqlite/recommendation_log.h"
#include "adapters/embedded/sqlite/run_store.h"

namespace marquee::embedded {

/// Every store of DIR/marquee.db, on one database. `movies` must outlive it.
struct SqliteStores {
  explicit SqliteStores(std::unique_ptr<SqliteDatabase> opened, MovieTable& movies)
      : database(std::move(opened)),
        profiles(*database, movies),
        origin(*database),
        feed(*database),
        catalog(*database),
        recommendations(*database),
        models(*database),
        runs(*database),
        keys(*database),
        audit(*database) {}

  /// Errors: those of SqliteDatabase::open.
  static Result<std::unique_ptr<SqliteStores>> open(const std::filesystem::path& path,
                                                    MovieTable& movies, SqliteDatabase::Mode mode,
                                                    const SqliteDatabase::Options& options = {}) {
    MARQUEE_TRY(auto database, SqliteDatabase::open(path, mode, options));
    return std::make_unique<SqliteStores>(std::move(database), movies);
  }

  std::unique_ptr<SqliteDatabase> database;
  SqliteProfileStore profiles;
  SqliteFoldOrigin origin;
  SqliteFeedStore feed;
  SqliteCatalogStore catalog;
  SqliteRecommendationLog recommendations;
  SqliteModelRegistry models;
  SqliteRunStore runs;
  SqliteApiKeyStore keys;
  SqliteAuditLog audit;
};

}  // namespace marquee::embedded
