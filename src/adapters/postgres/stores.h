#pragma once

#include <memory>
#include <utility>

#include "adapters/postgres/api_key_store.h"
#include "adapters/postgres/audit_log.h"
#include "adapters/postgres/catalog_store.h"
#include "adapters/postgres/database.h"
#include "adapters/postgres/factor_store.h"
#include "adapters/postgres/feed_store.h"
#include "adapters/postgres/fold_origin.h"
#include "adapters/postgres/live_feed.h"
#include "adapters/postgres/model_registry.h"
#include "adapters/postgres/profile_store.h"
#include "adapters/postgres/recommendation_log.h"
#include "adapters/postgres/run_store.h"

namespace marquee::postgres {

/// Every store of one database, on one pool. `movies` and `clock` must outlive
/// it.
struct PostgresStores {
  PostgresStores(std::unique_ptr<PostgresDatabase> opened, MovieTable& movies)
      : database(std::move(opened)),
        profiles(*database, movies),
        origin(*database),
        feed(*database),
        live_feed(*database),
        catalog(*database),
        recommendations(*database),
        models(*database),
        runs(*database),
        keys(*database),
        audit(*database),
        factors(*database) {}

  /// Errors: those of PostgresDatabase::open.
  static Result<std::unique_ptr<PostgresStores>> open(const PostgresOptions& options,
                                                      MovieTable& movies,
                                                      PostgresDatabase::Mode mode,
                                                      const Clock& clock) {
    MARQUEE_TRY(auto database, PostgresDatabase::open(options, mode, clock));
    return std::make_unique<PostgresStores>(std::move(database), movies);
  }

  std::unique_ptr<PostgresDatabase> database;
  PostgresProfileStore profiles;
  PostgresFoldOrigin origin;
  PostgresFeedStore feed;
  PostgresLiveFeed live_feed;
  PostgresCatalogStore catalog;
  PostgresRecommendationLog recommendations;
  PostgresModelRegistry models;
  PostgresRunStore runs;
  PostgresApiKeyStore keys;
  PostgresAuditLog audit;
  PgFactorStore factors;
};

}  // namespace marquee::postgres
