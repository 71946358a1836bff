// API keys over their life: given out, used, rotated, expired, revoked; and what is no key.
#include "identity/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "identity/key_text.h"
#include "testing/fake_api_key_store.h"
#include "testing/manual_clock.h"

namespace marquee::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class ApiKeysTest : public ::testing::Test {
 protected:
  IssuedKey create(const KeyOrder& order) {
    auto issued = keys_.create(order);
    EXPECT_TRUE(issued.ok()) << issued.error().message;
    return *std::move(issued);
  }
  IssuedKey create_service() { return create({"backend", "service", std::nullopt, std::nullopt}); }

  testing::ManualClock clock_;
  testing::FakeApiKeyStore store_;
  KeyRing ring_{clock_};
  ApiKeys keys_{store_, ring_, clock_};
};

TEST_F(ApiKeysTest, AKeyIsWhoItWasMadeFor) {
  const auto service = create_service();
  const auto ann = create({"ann's phone", "viewer-client", "ann", std::nullopt});
  EXPECT_EQ(ring_.find(service.text)->role, Role::kService);
  EXPECT_EQ(ring_.find(service.text)->name, "key:" + service.key.id);
  EXPECT_EQ(ring_.find(ann.text)->role, Role::kViewer);
  EXPECT_EQ(ring_.find(ann.text)->viewer, UserId("ann"));
}

TEST_F(ApiKeysTest, TheStoreHoldsNoSecret) {
  const auto issued = create_service();
  const auto secret = parse_key(issued.text)->secret;
  const ApiKey stored = keys_.list()->front();
  for (const std::string& field : {stored.id, stored.name, stored.hash}) {
    EXPECT_THAT(field, Not(HasSubstr(secret)));
  }
  EXPECT_EQ(stored.hash, hash_of(secret));
  EXPECT_NE(create_service().text, issued.text);
}

TEST_F(ApiKeysTest, EveryCharacterOfAKeyCounts) {
  const auto issued = create_service();
  for (std::size_t i = 0; i < issued.text.size(); ++i) {
    std::string bad = issued.text;
    bad[i] = bad[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(ring_.find(bad)) << i;
    EXPECT_FALSE(ring_.find(issued.text.substr(0, i))) << i;
  }
  EXPECT_FALSE(ring_.find(issued.text + "a"));
}

RC_GTEST_PROP(KeyText, TakesOnlyItsOwnForm, (const std::string& noise)) {
  const auto parsed = parse_key(noise);
  const bool is_itself = !parsed || parsed->text() == noise;
  RC_ASSERT(is_itself);
  const KeyText key = random_key();
  RC_ASSERT(parse_key(key.text())->secret == key.secret);
  RC_ASSERT(!parse_key(key.text() + noise + "x"));
}

TEST_F(ApiKeysTest, AnExpiredKeyIsRefusedFromThatMomentOn) {
  const auto issued = create({"short", "analyst", std::nullopt, 1});
  clock_.advance(hours(24) - seconds(1));
  EXPECT_TRUE(ring_.find(issued.text));
  clock_.advance(seconds(1));
  EXPECT_FALSE(ring_.find(issued.text));
}

TEST_F(ApiKeysTest, ARevokedKeyIsRefusedAtOnceAndForGood) {
  const auto issued = create_service();
  ASSERT_TRUE(keys_.revoke(issued.key.id).ok());
  EXPECT_FALSE(ring_.find(issued.text));
  clock_.jump_wall(-hours(48));
  EXPECT_FALSE(ring_.find(issued.text));
  EXPECT_EQ(keys_.revoke("0123456789abcdef").error().code, ErrorCode::kNotFound);
}

TEST_F(ApiKeysTest, ARotatedKeyIsValidBesideItsSuccessorUntilItsTimeIsOver) {
  const auto old = create({"backend", "service", std::nullopt, 10});
  clock_.advance(hours(24));
  const auto next = keys_.rotate(old.key.id, 3'600);
  ASSERT_TRUE(next.ok()) << next.error().message;
  EXPECT_EQ(next->key.role, "service");
  EXPECT_EQ(*next->key.expires_at_ms - next->key.created_at_ms, 10 * 86'400'000);
  EXPECT_TRUE(ring_.find(old.text));
  EXPECT_TRUE(ring_.find(next->text));
  clock_.advance(hours(1));
  EXPECT_FALSE(ring_.find(old.text));
  EXPECT_TRUE(ring_.find(next->text));
}

TEST_F(ApiKeysTest, ARotationNeverMakesAKeyLiveLonger) {
  const auto old = create({"backend", "service", std::nullopt, 1});
  ASSERT_TRUE(keys_.rotate(old.key.id, 20 * 86'400).ok());
  clock_.advance(hours(24));
  EXPECT_FALSE(ring_.find(old.text));
  ASSERT_TRUE(keys_.revoke(old.key.id).ok());
  EXPECT_FALSE(keys_.rotate(old.key.id, 60).ok()) << "nothing follows a revoked key";
}

TEST_F(ApiKeysTest, RefusesOrdersThatAreNone) {
  const std::vector<std::pair<KeyOrder, const char*>> wrong{
      {{"", "service", std::nullopt, std::nullopt}, "name"},
      {{std::string(101, 'x'), "service", std::nullopt, std::nullopt}, "name"},
      {{"a\nb", "service", std::nullopt, std::nullopt}, "name"},
      {{"x", "guest", std::nullopt, std::nullopt}, "role"},
      {{"x", "", std::nullopt, std::nullopt}, "role"},
      {{"x", "service", "ann", std::nullopt}, "viewer"},
      {{"x", "viewer-client", std::nullopt, std::nullopt}, "viewer"},
      {{"x", "viewer-client", "a b", std::nullopt}, "viewer"},
      {{"x", "viewer-client", "marquee:canary", std::nullopt}, "viewer"},
      {{"x", "service", std::nullopt, 0}, "days"},
      {{"x", "service", std::nullopt, 4'000}, "days"}};
  for (const auto& [order, about] : wrong) {
    const auto issued = keys_.create(order);
    ASSERT_FALSE(issued.ok()) << about;
    EXPECT_EQ(issued.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(issued.error().message, ::testing::StartsWith(about));
  }
  EXPECT_TRUE(keys_.list()->empty());
}

TEST_F(ApiKeysTest, WhatAnotherProcessChangedIsSeenByTheNextLook) {
  KeyRing other_ring(clock_);
  ApiKeys other(store_, other_ring, clock_);
  const auto issued = create_service();
  ASSERT_TRUE(other.refresh().ok());
  EXPECT_TRUE(other_ring.find(issued.text));
  ASSERT_TRUE(other.revoke(issued.key.id).ok());
  EXPECT_TRUE(ring_.find(issued.text));
  ASSERT_TRUE(keys_.refresh().ok());
  EXPECT_FALSE(ring_.find(issued.text));
}

TEST_F(ApiKeysTest, WhileTheStoreIsAwayTheKnownKeysStay) {
  const auto issued = create_service();
  store_.fail_next(2, {ErrorCode::kUnavailable, "away"});
  EXPECT_FALSE(keys_.refresh().ok());
  EXPECT_TRUE(ring_.find(issued.text));
}

TEST_F(ApiKeysTest, NotesThatAKeyWasUsedOnceAMinuteAtMost) {
  const auto issued = create_service();
  const auto first_ms = clock_.wall_ms();
  for (int i = 0; i < 59; ++i) {
    EXPECT_TRUE(ring_.find(issued.text));
    ASSERT_TRUE(keys_.refresh().ok());
    EXPECT_EQ(keys_.list()->front().last_used_at_ms, first_ms);
    clock_.advance(seconds(1));
  }
  clock_.advance(seconds(1));
  EXPECT_TRUE(ring_.find(issued.text));
  EXPECT_EQ(ring_.take_uses(), (std::vector<ApiKeyUse>{{issued.key.id, first_ms + 60'000}}));
  EXPECT_TRUE(ring_.take_uses().empty());
}

TEST_F(ApiKeysTest, AKeyThatIsRefusedWasNotUsed) {
  const auto issued = create_service();
  ASSERT_TRUE(keys_.revoke(issued.key.id).ok());
  EXPECT_FALSE(ring_.find(issued.text));
  EXPECT_TRUE(ring_.take_uses().empty());
}

TEST_F(ApiKeysTest, AKeyOfARoleOfTheFutureLetsNobodyIn) {
  const KeyText text = random_key();
  ASSERT_TRUE(store_
                  .add({text.id, "x", "emperor", std::nullopt, hash_of(text.secret), 0,
                        std::nullopt, std::nullopt, std::nullopt})
                  .ok());
  ASSERT_TRUE(keys_.refresh().ok());
  EXPECT_FALSE(ring_.find(text.text()));
}

}  // namespace
}  // namespace marquee::identity
