// The fakes pass the contracts that the adapters pass, so a test that uses a fake means something.
#include "ports/contract/api_key_store_contract.h"
#include "ports/contract/audit_log_contract.h"
#include "ports/contract/catalog_store_contract.h"
#include "ports/contract/factor_store_contract.h"
#include "ports/contract/feed_store_contract.h"
#include "ports/contract/fold_changes_contract.h"
#include "ports/contract/live_feed_contract.h"
#include "ports/contract/model_registry_contract.h"
#include "ports/contract/object_store_contract.h"
#include "ports/contract/partition_claims_contract.h"
#include "ports/contract/profile_store_contract.h"
#include "ports/contract/recommendation_cache_contract.h"
#include "ports/contract/recommendation_log_contract.h"
#include "ports/contract/run_store_contract.h"
#include "testing/fake_api_key_store.h"
#include "testing/fake_audit_log.h"
#include "testing/fake_catalog_store.h"
#include "testing/fake_factor_store.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_live_feed.h"
#include "testing/fake_model_registry.h"
#include "testing/fake_object_store.h"
#include "testing/fake_profile_store.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/fake_run_store.h"

namespace marquee::testing {
namespace {

class FakeProfiles {
 public:
  ProfileStore& store() { return store_; }
  KnownEvents& known() { return store_; }
  MovieTable& movies() { return movies_; }

 private:
  FakeProfileStore store_;
  MovieTable movies_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ProfileStoreContract, FakeProfiles);

/// Two processes' doors to one state.
class TwoFakes {
 public:
  FakeProfileStore& store() { return one_; }
  FakeProfileStore& claims() { return one_; }
  FakeProfileStore& other_store() { return other_; }
  FakeProfileStore& other_claims() { return other_; }
  FakeProfileStore& changes() { return other_; }
  MovieTable& movies() { return movies_; }

 private:
  FakeProfileStore one_;
  FakeProfileStore other_{one_};
  MovieTable movies_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, PartitionClaimsContract, TwoFakes);
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, FoldChangesContract, TwoFakes);

template <typename Port, typename Fake>
class FakeHarness {
 public:
  Port& store() { return store_; }

 private:
  Fake store_;
};
using FakeMadeAhead = FakeHarness<LiveFeed, FakeLiveFeed>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, LiveFeedContract, FakeMadeAhead);
using FakeFeed = FakeHarness<FeedStore, FakeFeedStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, FeedStoreContract, FakeFeed);
using FakeFactors = FakeHarness<FactorStore, FakeFactorStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, FactorStoreContract, FakeFactors);
using FakeCatalog = FakeHarness<CatalogStore, FakeCatalogStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, CatalogStoreContract, FakeCatalog);
using FakeModels = FakeHarness<ModelRegistry, FakeModelRegistry>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ModelRegistryContract, FakeModels);
using FakeObjects = FakeHarness<ObjectStore, FakeObjectStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ObjectStoreContract, FakeObjects);
using FakeCache = FakeHarness<RecommendationCache, FakeRecommendationCache>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, RecommendationCacheContract, FakeCache);

using FakeRuns = FakeHarness<RunStore, FakeRunStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, RunStoreContract, FakeRuns);

using FakeKeys = FakeHarness<ApiKeyStore, FakeApiKeyStore>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ApiKeyStoreContract, FakeKeys);
using FakeAudits = FakeHarness<AuditLog, FakeAuditLog>;
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, AuditLogContract, FakeAudits);

class FakeLog {
 public:
  RecommendationLog& log() { return log_; }
  ProfileStore& profiles() { return profiles_; }

 private:
  FakeProfileStore profiles_;
  FakeRecommendationLog log_{&profiles_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, RecommendationLogContract, FakeLog);

const Error kAway{ErrorCode::kUnavailable, "away"};

TEST(FailureInjection, FailsTheNextCallsAndThenGoesOn) {
  FakeProfileStore store;
  store.fail_next(2, kAway);
  EXPECT_EQ(store.totals().error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(store.reset().ok());
  EXPECT_TRUE(store.reset().ok());
}

TEST(FailureInjection, CanFailWritesWhileReadsGoOn) {
  FakeProfileStore store;
  const FoldBatch step =
      FoldBatchBuilder(store).apply(EventBuilder("u1", "m1").id(1), 0, 0).build(1);
  store.fail_next_writes(1, kAway);
  EXPECT_TRUE(store.totals().ok());
  EXPECT_FALSE(store.apply(step).ok());
  EXPECT_EQ(store.applies(), 0U) << "a failed call changes nothing";
  EXPECT_TRUE(store.apply(step).ok());
  EXPECT_EQ(store.applies(), 1U);
}

TEST(FailureInjection, LeavesNothingClaimedAfterAClaimThatFailed) {
  FakeProfileStore store;
  const std::vector<std::int32_t> zero{0};
  ASSERT_TRUE(store.claim(zero).ok());
  store.fail_next_writes(1, kAway);
  EXPECT_FALSE(store.claim(zero).ok());
  FoldBatch step;
  step.after.set_next(0, 1);
  EXPECT_EQ(store.apply(step).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(store.claim(zero).ok());
  EXPECT_TRUE(store.apply(step).ok());
}

TEST(FailureInjection, CanFailReadsWhileWritesGoOn) {
  FakeFeedStore store;
  store.fail_next_reads(1, kAway);
  EXPECT_TRUE(store.drop(ModelVersion("g")).ok());
  EXPECT_FALSE(store.generations().ok());
  EXPECT_TRUE(store.generations().ok());
}

TEST(EventBuilder, GivesEventsThatDifferDifferentIds) {
  const auto a = EventBuilder("u1", "m1").build();
  EXPECT_EQ(a.event_id, EventBuilder("u1", "m1").build().event_id);
  EXPECT_NE(a.event_id, EventBuilder("u1", "m2").build().event_id);
  EXPECT_NE(a.event_id, EventBuilder("u1", "m1").at(1).build().event_id);
  EXPECT_TRUE(a.event_id.is_v7());
  EXPECT_LT(test_event_id(1), test_event_id(2));
}

}  // namespace
}  // namespace marquee::testing
