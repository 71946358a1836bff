// Goal: the wired program lets in whom it should: keys given out by a command work on the running
// server and outlive it, tokens of the configured issuer are taken, and everything is written down.

#include <atomic>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/server/application.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "http/server.h"
#include "identity/jwt_fixture_for_test.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;

class IdentityApplicationTest : public SmallDatasetTest {
 protected:
  /// What the server answers to whoever shows `credential`.
  Result<std::string> get(const std::string& credential, const std::string& target) {
    auto owner = find_owner(loaded_.settings);
    EXPECT_TRUE(owner.ok() && owner->has_value());
    return ask_owner({(*owner)->address, credential}, "GET", target);
  }
  std::string create(const std::string& role, std::optional<std::string> viewer = std::nullopt) {
    commands::KeysOptions options;
    options.action = commands::KeysAction::kCreate;
    options.order = {"test", role, std::move(viewer), std::nullopt};
    ::testing::internal::CaptureStdout();
    const auto made = commands::keys(loaded_, options);
    std::string key = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(made.ok()) << made.error().message;
    return key.substr(0, key.find('\n'));
  }
  void revoke(const std::string& key) {
    commands::KeysOptions options;
    options.action = commands::KeysAction::kRevoke;
    options.id = key.substr(3, 16);
    ASSERT_TRUE(commands::keys(loaded_, options).ok());
  }
  std::string audit_log() {
    ::testing::internal::CaptureStdout();
    EXPECT_TRUE(commands::audit_log(loaded_, 100, true).ok());
    return ::testing::internal::GetCapturedStdout();
  }
};

TEST_F(IdentityApplicationTest, AKeyWorksOnTheRunningServerAndOutlivesIt) {
  std::string key;
  {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok()) << application.error().message;
    key = create("viewer-client", "1");
    EXPECT_TRUE(get(key, "/api/users/1/history").ok());
    EXPECT_EQ(get(key, "/api/users/2/history").error().code, ErrorCode::kPermissionDenied);
    EXPECT_EQ(get(key + "x", "/api/users/1/history").error().code, ErrorCode::kUnauthenticated);
  }
  const auto again = Application::start(loaded_.settings);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(get(key, "/api/users/1/history").ok());
  revoke(key);
  EXPECT_EQ(get(key, "/api/users/1/history").error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(audit_log(), HasSubstr("DELETE /api/admin/keys/{id}"));
}

TEST_F(IdentityApplicationTest, AKeyMadeWithoutAServerIsThereWhenItStarts) {
  {
    ASSERT_TRUE(Application::start(loaded_.settings).ok());
  }
  const std::string key = create("analyst");
  EXPECT_THAT(audit_log(), HasSubstr("\"actor\":\"command line, user "));
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok());
  EXPECT_TRUE(get(key, "/api/admin/models").ok());
  EXPECT_EQ(get(key, "/api/admin/keys").error().code, ErrorCode::kPermissionDenied);
}

TEST_F(IdentityApplicationTest, ElsewhereThanLoopbackItStartsOnlyWhenASettingSaysWhoMayView) {
  loaded_.settings.server_host = "0.0.0.0";
  const auto refused = Application::start(loaded_.settings);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("identity.viewing"));
}

TEST_F(IdentityApplicationTest, TakesTokensOfTheConfiguredIssuer) {
  const identity::Issuer issuer;
  const auto file = root_ / "jwks.json";
  std::ofstream(file) << R"({"keys":[)" + issuer.jwk() + "]}";
  loaded_.settings.identity_jwks_file = file.string();
  EXPECT_FALSE(Application::start(loaded_.settings).ok()) << "without issuer and audience";
  loaded_.settings.identity_jwt_issuer = "i";
  loaded_.settings.identity_jwt_audience = "a";
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  const std::string token = issuer.token(R"({"iss":"i","aud":"a","sub":"1","exp":4102444800})");
  EXPECT_TRUE(get(token, "/api/users/1/history").ok());
  EXPECT_EQ(get(token, "/api/users/2/history").error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(get(token + "A", "/api/users/1/history").error().code, ErrorCode::kUnauthenticated);
}

TEST_F(IdentityApplicationTest, TakesTokensOfAnIssuerWhoseKeysAreAtAnAddress) {
  const identity::Issuer issuer;
  http::Router router;
  std::atomic<int> fetches = 0;
  router.add(http::Method::kGet, "/jwks", [&](const http::Request&, const http::Reply& reply) {
    ++fetches;
    http::Response response;
    response.body = R"({"keys":[)" + issuer.jwk() + "]}";
    reply(std::move(response));
  });
  telemetry::Metrics metrics;
  http::Server::Options options;
  options.port = 0;
  const auto server = http::Server::start(options, router, metrics).value();
  loaded_.settings.identity_jwks_url = fmt::format("http://127.0.0.1:{}/jwks", server->port());
  loaded_.settings.identity_jwt_issuer = "i";
  loaded_.settings.identity_jwt_audience = "a";
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  const std::string token = issuer.token(R"({"iss":"i","aud":"a","sub":"1","exp":4102444800})");
  for (int i = 0; i < 1'000 && !get(token, "/api/users/1/history").ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the start does not wait for it
  }
  EXPECT_TRUE(get(token, "/api/users/1/history").ok());
  EXPECT_EQ(get(token, "/api/users/2/history").error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(fetches, 1);
}

}  // namespace
}  // namespace marquee::app
