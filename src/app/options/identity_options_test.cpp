// Who may view without a credential, by the address that is listened on.
#include "app/options/identity_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::app {
namespace {

Result<bool> open_at(const std::string& host, const std::string& viewing) {
  Settings settings;
  settings.server_host = host;
  settings.identity_viewing = viewing;
  return viewing_is_open_at(settings);
}

TEST(IdentityOptions, ViewingIsOpenOnLoopback) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "::1"}) {
    EXPECT_TRUE(*open_at(host, Settings().identity_viewing)) << host;
  }
}

TEST(IdentityOptions, ElsewhereASettingMustSayWhoMayCome) {
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "127.0.0.1.example.org",
                           "localhost.example.org", "127.1", ""}) {
    const auto refused = open_at(host, "loopback");
    ASSERT_FALSE(refused.ok()) << host;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("identity.viewing"));
    EXPECT_FALSE(*open_at(host, "token"));
    EXPECT_TRUE(*open_at(host, "anyone"));
  }
  EXPECT_FALSE(*open_at("127.0.0.1", "token"));
  EXPECT_FALSE(open_at("127.0.0.1", "everyone").ok());
}

TEST(IdentityOptions, TokensWantFileIssuerAndAudienceTogether) {
  Settings settings;
  EXPECT_FALSE(jwt_options(settings)->has_value());
  settings.identity_jwks_file = "/etc/jwks.json";
  EXPECT_FALSE(jwt_options(settings).ok());
  settings.identity_jwt_issuer = "https://issuer.example";
  EXPECT_FALSE(jwt_options(settings).ok());
  settings.identity_jwt_audience = "marquee";
  EXPECT_EQ((*jwt_options(settings))->audience, "marquee");
  settings.identity_jwks_url = "https://issuer.example/jwks";
  EXPECT_FALSE(jwt_options(settings).ok()) << "a file and an address";
  settings.identity_jwks_file = "none";
  EXPECT_TRUE(jwt_options(settings)->has_value());
  settings.identity_jwks_url = "http://issuer.example/jwks";
  EXPECT_FALSE(jwt_options(settings).ok()) << "anybody in between could give keys out";
  settings.identity_jwks_url = "none";
  EXPECT_FALSE(jwt_options(settings).ok()) << "an issuer whose keys are not known";
}

}  // namespace
}  // namespace marquee::app
