#pragma once

#include <string>

#include <gtest/gtest.h>

#include "ports/api_key_store.h"

namespace marquee::testing {

/// What every ApiKeyStore must do. `Harness` is default-constructible with an empty store and has
///   ApiKeyStore& store();
template <typename Harness>
class ApiKeyStoreContract : public ::testing::Test {
 protected:
  static ApiKey key(const std::string& id, std::int64_t created_at_ms) {
    ApiKey made;
    made.id = id;
    made.name = "ann's \"phone\" é";
    made.role = "service";
    made.hash = std::string(64, 'a');
    made.created_at_ms = created_at_ms;
    return made;
  }
  ApiKeyStore& store() { return harness_.store(); }
  ApiKey only() {
    const auto keys = store().list();
    EXPECT_TRUE(keys.ok() && keys->size() == 1);
    return keys.ok() && !keys->empty() ? keys->front() : ApiKey();
  }
  std::uint64_t revision() { return store().revision().value(); }

  Harness harness_;
};
TYPED_TEST_SUITE_P(ApiKeyStoreContract);

TYPED_TEST_P(ApiKeyStoreContract, GivesBackWhatItWasGivenInTheOrderOfCreation) {
  EXPECT_TRUE(this->store().list()->empty());
  auto full = this->key("bb", 2'000);
  full.viewer = UserId("ann");
  full.expires_at_ms = 3'000;
  ASSERT_TRUE(this->store().add(full).ok());
  const auto first = this->key("cc", 1'000);
  const auto second = this->key("aa", 2'000);
  ASSERT_TRUE(this->store().add(first).ok());
  ASSERT_TRUE(this->store().add(second).ok());
  EXPECT_EQ(*this->store().list(), (std::vector<ApiKey>{first, second, full}));
}

TYPED_TEST_P(ApiKeyStoreContract, RefusesASecondKeyOfOneId) {
  const auto first = this->key("aa", 1);
  ASSERT_TRUE(this->store().add(first).ok());
  EXPECT_EQ(this->store().add(this->key("aa", 2)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(this->only(), first);
}

TYPED_TEST_P(ApiKeyStoreContract, RevokesOnceAndRemembersWhen) {
  ASSERT_TRUE(this->store().add(this->key("aa", 1)).ok());
  ASSERT_TRUE(this->store().revoke("aa", 5).ok());
  ASSERT_TRUE(this->store().revoke("aa", 9).ok());
  EXPECT_EQ(this->only().revoked_at_ms, 5);
  EXPECT_EQ(this->store().revoke("bb", 5).error().code, ErrorCode::kNotFound);
}

TYPED_TEST_P(ApiKeyStoreContract, ReplacesAKeyAndNeverProlongsIt) {
  ASSERT_TRUE(this->store().add(this->key("aa", 1)).ok());
  ASSERT_TRUE(this->store().replace("aa", 100, this->key("bb", 2)).ok());
  EXPECT_EQ(this->store().list()->front().expires_at_ms, 100);
  ASSERT_TRUE(this->store().replace("aa", 200, this->key("cc", 3)).ok());
  EXPECT_EQ(this->store().list()->front().expires_at_ms, 100);
  EXPECT_EQ(this->store().list()->size(), 3U);
}

TYPED_TEST_P(ApiKeyStoreContract, ReplacesNothingWhenItCannotReplaceAll) {
  ASSERT_TRUE(this->store().add(this->key("aa", 1)).ok());
  const auto before = this->revision();
  EXPECT_EQ(this->store().replace("zz", 9, this->key("bb", 2)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(this->store().replace("aa", 9, this->key("aa", 2)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(this->only(), this->key("aa", 1));
  EXPECT_EQ(this->revision(), before);
  ASSERT_TRUE(this->store().revoke("aa", 5).ok());
  EXPECT_EQ(this->store().replace("aa", 9, this->key("bb", 2)).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(this->store().list()->size(), 1U);
}

TYPED_TEST_P(ApiKeyStoreContract, MovesTheLastUseOnAndNeverBack) {
  ASSERT_TRUE(this->store().add(this->key("aa", 1)).ok());
  const std::vector<ApiKeyUse> later{{"aa", 50}, {"unknown", 60}};
  const std::vector<ApiKeyUse> earlier{{"aa", 40}};
  ASSERT_TRUE(this->store().note_uses(later).ok());
  ASSERT_TRUE(this->store().note_uses(earlier).ok());
  EXPECT_EQ(this->only().last_used_at_ms, 50);
}

TYPED_TEST_P(ApiKeyStoreContract, TellsEveryChangeOfWhoIsLetInByItsRevision) {
  std::uint64_t before = this->revision();
  const auto grew = [&] {
    const std::uint64_t now = this->revision();
    const bool more = now > before;
    before = now;
    return more;
  };
  ASSERT_TRUE(this->store().add(this->key("aa", 1)).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(this->store().replace("aa", 9, this->key("bb", 2)).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(this->store().revoke("aa", 3).ok());
  EXPECT_TRUE(grew());
  const std::vector<ApiKeyUse> uses{{"bb", 40}};
  ASSERT_TRUE(this->store().note_uses(uses).ok());
  EXPECT_FALSE(grew()) << "a use changes nothing";
}

REGISTER_TYPED_TEST_SUITE_P(ApiKeyStoreContract, GivesBackWhatItWasGivenInTheOrderOfCreation,
                            RefusesASecondKeyOfOneId, RevokesOnceAndRemembersWhen,
                            ReplacesAKeyAndNeverProlongsIt, ReplacesNothingWhenItCannotReplaceAll,
                            MovesTheLastUseOnAndNeverBack,
                            TellsEveryChangeOfWhoIsLetInByItsRevision);

}  // namespace marquee::testing
