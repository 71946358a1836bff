// The issuer's keys at an address: news comes in time, and nobody makes us ask it all day long.
#include "identity/jwks_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/jwt_fixture_for_test.h"
#include "testing/manual_clock.h"

namespace marquee::identity {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class JwksUrlTest : public ::testing::Test {
 protected:
  bool knows(const Issuer& issuer, std::string_view kid = "ed") const {
    const auto header = fmt::format(R"({{"alg":"EdDSA","kid":"{}","typ":"JWT"}})", kid);
    const auto token = issuer.sign(header, R"({"iss":"i","aud":"a","sub":"ann","exp":1735693200})");
    return verifier_.verify(token).has_value();
  }
  void publish(const Issuer& issuer) { there_ = R"({"keys":[)" + issuer.jwk() + "]}"; }

  Result<std::string> there_ = Error{ErrorCode::kUnavailable, "away"};
  int fetches_ = 0;
  testing::ManualClock clock_;
  JwtVerifier verifier_{{"i", "a", "role"}, clock_};
  JwksUrl url_{[this] {
                 ++fetches_;
                 return there_;
               },
               verifier_,
               clock_,
               {.refresh = seconds(300), .refresh_min = seconds(30)}};
};

TEST_F(JwksUrlTest, FetchesAtOnceAndAgainAfterAWhile) {
  const Issuer old_keys;
  const Issuer new_keys;
  publish(old_keys);
  ASSERT_TRUE(url_.refresh().ok());
  EXPECT_TRUE(knows(old_keys));
  publish(new_keys);
  clock_.advance(seconds(299));
  ASSERT_TRUE(url_.refresh().ok());
  EXPECT_EQ(fetches_, 1);
  clock_.advance(seconds(1));
  ASSERT_TRUE(url_.refresh().ok());
  EXPECT_TRUE(knows(new_keys));
  EXPECT_FALSE(knows(old_keys));
}

TEST_F(JwksUrlTest, ATokenOfAnUnknownKeyBringsItForwardButNotBelowTheLeastTime) {
  const Issuer keys;
  publish(keys);
  ASSERT_TRUE(url_.refresh().ok());
  for (int second = 0; second < 120; ++second) {  // somebody makes key names up
    EXPECT_FALSE(knows(keys, "made-up"));
    clock_.advance(seconds(1));
    ASSERT_TRUE(url_.refresh().ok());
  }
  EXPECT_EQ(fetches_, 1 + 120 / 30);
  for (int second = 0; second < 120; ++second) {
    EXPECT_TRUE(knows(keys));
    clock_.advance(seconds(1));
    ASSERT_TRUE(url_.refresh().ok());
  }
  EXPECT_EQ(fetches_, 1 + 120 / 30) << "known keys want no fetch";
}

TEST_F(JwksUrlTest, KeepsItsKeysWhileTheAddressIsAwayOrSaysNonsense) {
  const Issuer keys;
  publish(keys);
  ASSERT_TRUE(url_.refresh().ok());
  there_ = Error{ErrorCode::kUnavailable, "away"};
  clock_.advance(seconds(300));
  EXPECT_THAT(url_.refresh().error().message, HasSubstr("identity.jwks_url: away"));
  EXPECT_FALSE(url_.refresh().ok()) << "still so, without a fetch";
  EXPECT_EQ(fetches_, 2);
  there_ = std::string("<html>");
  clock_.advance(seconds(30));
  EXPECT_FALSE(url_.refresh().ok());
  EXPECT_EQ(fetches_, 3);
  EXPECT_TRUE(knows(keys));
  publish(keys);
  clock_.advance(seconds(30));
  EXPECT_TRUE(url_.refresh().ok());
}

TEST_F(JwksUrlTest, KnowsNobodyBeforeTheFirstFetch) {
  const Issuer keys;
  EXPECT_FALSE(url_.refresh().ok());
  EXPECT_FALSE(knows(keys));
  publish(keys);
  clock_.advance(seconds(30));
  ASSERT_TRUE(url_.refresh().ok());
  EXPECT_TRUE(knows(keys));
}

}  // namespace
}  // namespace marquee::identity
