// Goal: bearers of keys and readers of the audit log find at the target what they had, also when a
// first try ended halfway.

#include "app/migration/identity_copy.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/fake_api_key_store.h"
#include "testing/fake_audit_log.h"

namespace marquee::app {
namespace {

ApiKey key_of(const std::string& id) {
  ApiKey key;
  key.id = id;
  key.name = "shop";
  key.role = "service";
  key.hash = std::string(64, 'a');
  key.created_at_ms = 5;
  key.last_used_at_ms = 7;
  return key;
}

AuditEntry promotion(std::int64_t at) {
  AuditEntry entry;
  entry.at_ms = at;
  entry.actor = "key:k1";
  entry.role = "operator";
  entry.action = "POST /api/admin/models/rollback";
  return entry;
}

/// An action and how it ended.
void act(AuditLog& log, std::int64_t at) {
  AuditEntry entry = promotion(at);
  entry.of = log.append(entry).value();
  entry.status = 200;
  ASSERT_TRUE(log.append(entry).ok());
}

TEST(IdentityCopy, BringsEveryKeyAsItIsStored) {
  testing::FakeApiKeyStore from, to;
  ASSERT_TRUE(from.add(key_of("k1")).ok());
  ASSERT_TRUE(from.add(key_of("k2")).ok());
  ASSERT_TRUE(from.revoke("k2", 9).ok());
  EXPECT_EQ(copy_keys(from, to).value(), 2U);
  EXPECT_EQ(to.list().value(), from.list().value());
}

TEST(IdentityCopy, RevokesAgainWhatWasRevokedBetweenTwoTries) {
  testing::FakeApiKeyStore from, to;
  ASSERT_TRUE(from.add(key_of("k1")).ok());
  ASSERT_TRUE(copy_keys(from, to).ok());
  ASSERT_TRUE(from.revoke("k1", 9).ok());
  ASSERT_TRUE(from.add(key_of("k2")).ok());
  EXPECT_EQ(copy_keys(from, to).value(), 2U);
  EXPECT_EQ(to.list().value(), from.list().value());
}

TEST(IdentityCopy, KeepsWhatAnEntryRefersToUnderOtherNumbers) {
  testing::FakeAuditLog from, to;
  for (int i = 0; i < 3; ++i) act(from, i);
  EXPECT_EQ(copy_audit_log(from, to).value(), 6U);
  EXPECT_EQ(to.list(std::nullopt, 10).value().entries, from.list(std::nullopt, 10).value().entries);
}

TEST(IdentityCopy, GoesOnBehindTheEntriesOfAnEarlierTry) {
  testing::FakeAuditLog from, to;
  act(from, 1);
  ASSERT_TRUE(copy_audit_log(from, to).ok());
  act(from, 2);
  EXPECT_EQ(copy_audit_log(from, to).value(), 4U);
  EXPECT_EQ(to.list(std::nullopt, 10).value().entries, from.list(std::nullopt, 10).value().entries);
}

}  // namespace
}  // namespace marquee::app
