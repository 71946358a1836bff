// The stores on PostgreSQL pass the contracts of their ports.
#include "adapters/postgres/stores.h"
#include "platform/postgres_for_test.h"
#include "ports/contract/api_key_store_contract.h"
#include "ports/contract/audit_log_contract.h"
#include "ports/contract/catalog_store_contract.h"
#include "ports/contract/factor_store_contract.h"
#include "ports/contract/feed_store_contract.h"
#include "ports/contract/live_feed_contract.h"
#include "ports/contract/model_registry_contract.h"
#include "ports/contract/recommendation_log_contract.h"
#include "ports/contract/run_store_contract.h"

namespace marquee::testing {
namespace {

template <typename Port, typename Store>
class PostgresStoreHarness : public PostgresHarness {
 public:
  Port& store() { return store_; }

 private:
  Store store_{database()};
};

using Feed = PostgresStoreHarness<FeedStore, postgres::PostgresFeedStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, FeedStoreContract, Feed);
using MadeAhead = PostgresStoreHarness<LiveFeed, postgres::PostgresLiveFeed>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, LiveFeedContract, MadeAhead);
using Factors = PostgresStoreHarness<FactorStore, postgres::PgFactorStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, FactorStoreContract, Factors);
using Catalog = PostgresStoreHarness<CatalogStore, postgres::PostgresCatalogStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, CatalogStoreContract, Catalog);
using Models = PostgresStoreHarness<ModelRegistry, postgres::PostgresModelRegistry>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ModelRegistryContract, Models);
using Runs = PostgresStoreHarness<RunStore, postgres::PostgresRunStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, RunStoreContract, Runs);

using Keys = PostgresStoreHarness<ApiKeyStore, postgres::PostgresApiKeyStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ApiKeyStoreContract, Keys);
using Audits = PostgresStoreHarness<AuditLog, postgres::PostgresAuditLog>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AuditLogContract, Audits);

class ShownLists : public PostgresHarness {
 public:
  RecommendationLog& log() { return log_; }
  ProfileStore& profiles() { return profiles_; }

 private:
  postgres::PostgresProfileStore profiles_{database(), movies()};
  postgres::PostgresRecommendationLog log_{database()};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, RecommendationLogContract, ShownLists);

}  // namespace
}  // namespace marquee::testing
