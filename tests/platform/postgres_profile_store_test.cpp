// Folded state on the real server.
#include "adapters/postgres/fold_origin.h"
#include "adapters/postgres/profile_store.h"
#include "platform/postgres_for_test.h"
#include "ports/contract/fold_origin_contract.h"
#include "ports/contract/profile_store_contract.h"

namespace marquee::testing {
namespace {

class Profiles : public PostgresHarness {
 public:
  ProfileStore& store() { return store_; }
  KnownEvents& known() { return store_; }
  FoldOrigin& origin() { return origin_; }

 private:
  postgres::PostgresProfileStore store_{database(), movies()};
  postgres::PostgresFoldOrigin origin_{database()};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ProfileStoreContract, Profiles);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, FoldOriginContract, Profiles);

}  // namespace
}  // namespace marquee::testing
