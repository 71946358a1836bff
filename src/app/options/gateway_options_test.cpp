// Which gateway the settings ask for, and what they may not say.

#include "app/options/gateway_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::app {
namespace {

using ::testing::HasSubstr;

bool is_public(const std::string& host, const std::string& said, bool behind_another = false) {
  Settings settings;
  settings.server_host = host;
  settings.gateway_public = said;
  return gateway_options(settings, behind_another).value().is_public;
}

TEST(GatewayOptions, LimitStrangersWhereverTheyCanBe) {
  for (const char* host : {"127.0.0.1", "localhost", "::1", "127.0.0.9"}) {
    EXPECT_FALSE(is_public(host, "auto")) << host;
    EXPECT_TRUE(is_public(host, "yes")) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "192.0.2.7"}) {
    EXPECT_TRUE(is_public(host, "auto")) << host;
    EXPECT_FALSE(is_public(host, "no")) << host;
    EXPECT_FALSE(is_public(host, "auto", true)) << "NGINX counts before it: " << host;
  }
}

TEST(GatewayOptions, AreNginxsAsTheyCome) {
  const auto options = gateway_options(Settings{}, false).value();
  EXPECT_EQ(options.requests_per_min, 100);
  EXPECT_EQ(options.connections_per_client, 64U);
  EXPECT_TRUE(options.trusted_proxies.empty());
  EXPECT_NE(options.cors.find("http://localhost:3000"), nullptr);
}

TEST(GatewayOptions, NameTheSettingThatIsWrong) {
  const auto refusal = [](std::string Settings::* field, const char* value) {
    Settings settings;
    settings.*field = value;
    const auto options = gateway_options(settings, false);
    return options.ok() ? std::string("taken") : options.error().message;
  };
  EXPECT_THAT(refusal(&Settings::gateway_public, "maybe"), HasSubstr("gateway.public"));
  EXPECT_THAT(refusal(&Settings::gateway_trusted_proxies, "lan"),
              HasSubstr("gateway.trusted_proxies: 'lan'"));
  EXPECT_THAT(refusal(&Settings::gateway_operators_from, "10.0.0.0/99"),
              HasSubstr("gateway.operators_from"));
  EXPECT_THAT(refusal(&Settings::gateway_cors_origins, "*"), HasSubstr("gateway.cors_origins"));
}

}  // namespace
}  // namespace marquee::app
