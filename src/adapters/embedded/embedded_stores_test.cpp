// The embedded stores pass the contracts of their ports.
#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/sqlite/stores.h"
#include "adapters/embedded/ttl_cache.h"
#include "ports/contract/api_key_store_contract.h"
#include "ports/contract/audit_log_contract.h"
#include "ports/contract/catalog_store_contract.h"
#include "ports/contract/feed_store_contract.h"
#include "ports/contract/model_registry_contract.h"
#include "ports/contract/object_store_contract.h"
#include "ports/contract/profile_store_contract.h"
#include "ports/contract/recommendation_cache_contract.h"
#include "ports/contract/recommendation_log_contract.h"
#include "ports/contract/run_store_contract.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::testing {
namespace {

class SqliteHarness {
 public:
  embedded::SqliteStores& stores() { return *stores_; }
  MovieTable& movies() { return movies_; }

 private:
  TemporaryDirectory directory_;
  MovieTable movies_;
  std::unique_ptr<embedded::SqliteStores> stores_ =
      embedded::SqliteStores::open(directory_.path() / "marquee.db", movies_,
                                   embedded::SqliteDatabase::Mode::kReadWrite)
          .value();
};

struct Profiles : SqliteHarness {
  ProfileStore& store() { return stores().profiles; }
  KnownEvents& known() { return stores().profiles; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ProfileStoreContract, Profiles);

struct Feed : SqliteHarness {
  FeedStore& store() { return stores().feed; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, FeedStoreContract, Feed);

struct Catalog : SqliteHarness {
  CatalogStore& store() { return stores().catalog; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CatalogStoreContract, Catalog);

struct Models : SqliteHarness {
  ModelRegistry& store() { return stores().models; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ModelRegistryContract, Models);

struct ShownLists : SqliteHarness {
  RecommendationLog& log() { return stores().recommendations; }
  ProfileStore& profiles() { return stores().profiles; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RecommendationLogContract, ShownLists);

struct Runs : SqliteHarness {
  RunStore& store() { return stores().runs; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RunStoreContract, Runs);

struct Keys : SqliteHarness {
  ApiKeyStore& store() { return stores().keys; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ApiKeyStoreContract, Keys);

struct Audits : SqliteHarness {
  AuditLog& store() { return stores().audit; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AuditLogContract, Audits);

class Objects {
 public:
  ObjectStore& store() { return *store_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<ObjectStore> store_ =
      embedded::DirectoryObjectStore::open(directory_.path() / "lakehouse").value();
};
INSTANTIATE_TYPED_TEST_SUITE_P(Directory, ObjectStoreContract, Objects);

class Cache {
 public:
  RecommendationCache& store() { return cache_; }

 private:
  ManualClock clock_;
  embedded::TtlCache cache_{clock_, {}};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Ttl, RecommendationCacheContract, Cache);

}  // namespace
}  // namespace marquee::testing
