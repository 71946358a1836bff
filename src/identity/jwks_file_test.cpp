// The issuer's keys in a file: read again when it changes, kept when it breaks.
#include "identity/jwks_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/jwt_fixture_for_test.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::identity {
namespace {

class JwksFileTest : public ::testing::Test {
 protected:
  void write(const std::string& text) {
    const auto beside = directory_.path() / "new";
    std::ofstream(beside, std::ios::binary) << text;
    std::filesystem::rename(beside, path_);
  }
  static std::string set_of(const Issuer& issuer) { return R"({"keys":[)" + issuer.jwk() + "]}"; }
  bool knows(const Issuer& issuer) {
    return verifier_.verify(issuer.token(R"({"iss":"i","aud":"a","sub":"ann","exp":1735693200})"))
        .has_value();
  }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "jwks.json";
  testing::ManualClock clock_;
  JwtVerifier verifier_{{"i", "a", "role"}, clock_};
  JwksFile file_{path_, verifier_};
};

TEST_F(JwksFileTest, FollowsTheFile) {
  const Issuer old_keys;
  const Issuer new_keys;
  write(set_of(old_keys));
  ASSERT_TRUE(file_.refresh().ok());
  EXPECT_TRUE(knows(old_keys));
  write(set_of(new_keys));
  ASSERT_TRUE(file_.refresh().ok());
  EXPECT_FALSE(knows(old_keys));
  EXPECT_TRUE(knows(new_keys));
}

TEST_F(JwksFileTest, KeepsItsKeysWhenTheFileIsBrokenOrGone) {
  const Issuer keys;
  write(set_of(keys));
  ASSERT_TRUE(file_.refresh().ok());
  for (const std::string& text : {std::string(), std::string("{"), std::string(2 << 20, ' ')}) {
    write(text);
    const auto refused = file_.refresh();
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr(path_.string()));
    EXPECT_TRUE(knows(keys));
  }
  std::filesystem::remove(path_);
  EXPECT_FALSE(file_.refresh().ok());
  EXPECT_TRUE(knows(keys));
  write(set_of(keys));
  EXPECT_TRUE(file_.refresh().ok());
}

}  // namespace
}  // namespace marquee::identity
