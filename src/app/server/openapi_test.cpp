// The API's document (openapi/openapi.yaml, as the program carries it) and the routes say the same.

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "api/fixture_for_test.h"
#include "app/assets.h"
#include "gateway/public_path.h"
#include "http/compression.h"
#include "identity/permissions.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string file(std::string_view path) {
  constexpr std::size_t kSizeMax = 1 << 22;
  const auto asset = find_asset(path);
  EXPECT_TRUE(asset.has_value()) << path;
  return asset ? http::gunzip(asset->gzip_bytes, kSizeMax).value() : "{}";
}

class OpenApi : public api::RoutesTest {
 protected:
  using Calls = std::set<std::string>;  // "GET /api/movies"

  OpenApi() : document_(parser_.parse(text_)) {}

  template <typename Visit>
  void each_operation(const Visit& visit) {
    for (const auto [path, item] : document_["paths"].get_object()) {
      for (const auto [method, operation] : item.get_object()) {
        if (method == "parameters") continue;
        std::string upper(method);
        for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
        visit(upper, std::string(path), operation);
      }
    }
  }

  const std::string text_ = file("/openapi.json");
  simdjson::dom::parser parser_;
  simdjson::dom::element document_;
};

TEST_F(OpenApi, NamesExactlyTheRoutesThatThereAre) {
  Calls documented;
  each_operation([&](const std::string& method, const std::string& path, const auto&) {
    documented.insert(method + " " + path);
  });
  Calls routed;
  for (const auto& route : router_.routes()) {
    routed.insert(std::string(http::to_string(route.method)) + " " + route.pattern);
  }
  EXPECT_EQ(documented, routed) << "openapi/openapi.yaml is on the left";
}

TEST_F(OpenApi, SaysOfEachCallWhoMayMakeIt) {
  each_operation([](const std::string& method, const std::string& path, const auto& operation) {
    const std::string call = method + " " + path;
    const auto* row = identity::find_permission(method, path);
    ASSERT_NE(row, nullptr) << call;
    std::vector<std::string> documented;
    for (const auto role : operation["x-roles"].get_array()) {
      documented.emplace_back(std::string_view(role));
    }
    std::vector<std::string> permitted;
    for (const identity::Role role : identity::kRoles) {
      if (row->roles.has(role)) permitted.emplace_back(identity::to_string(role));
    }
    EXPECT_EQ(documented, permitted) << call;
    const bool open = row->roles.has(identity::Role::kAnonymous);
    auto wanted = operation["security"];
    const std::string security =
        wanted.error() == simdjson::SUCCESS ? simdjson::minify(wanted.value()) : "";
    const bool for_guests = row->roles.has(identity::Role::kGuest);
    EXPECT_EQ(security, open         ? ""
                        : for_guests ? R"([{},{"bearer":[]}])"
                                     : R"([{"bearer":[]}])")
        << call;
    for (const char* status : {"401", "403"}) {
      EXPECT_EQ(operation["responses"][status].error() == simdjson::SUCCESS, !open) << call;
    }
  });
}

TEST_F(OpenApi, SaysWhatEachCallRefuses) {
  each_operation([](const std::string& method, const std::string& path, const auto& operation) {
    const std::string call = method + " " + path;
    const auto answers = [&operation](const char* status) {
      return operation["responses"][status].error() == simdjson::SUCCESS;
    };
    EXPECT_TRUE(answers("400")) << call << ": an unknown parameter";
    const bool has_id = path.find('{') != std::string::npos;
    EXPECT_TRUE(answers("422") || !has_id) << call << ": what is no id";
    const bool takes_body = operation["requestBody"].error() == simdjson::SUCCESS;
    for (const char* status : {"413", "415"}) EXPECT_EQ(answers(status), takes_body) << call;
    EXPECT_FALSE(answers("default")) << call << ": it would allow anything";
  });
}

TEST_F(OpenApi, SaysWhichCallsAreLimited) {
  each_operation([](const std::string& method, const std::string& path, const auto& operation) {
    EXPECT_EQ(operation["responses"]["429"].error() == simdjson::SUCCESS,
              gateway::kind_of(path) == gateway::PathKind::kApi)
        << method << " " << path;
  });
}

TEST_F(OpenApi, GivesEveryProblemItsMediaTypeAndHeaders) {
  for (const auto [name, response] : document_["components"]["responses"].get_object()) {
    const auto content = response["content"];
    if (content["application/problem+json"].error() != simdjson::SUCCESS) continue;
    std::string_view schema;
    ASSERT_EQ(content["application/problem+json"]["schema"]["$ref"].get(schema), simdjson::SUCCESS);
    EXPECT_EQ(schema, "#/components/schemas/Problem") << name;
    EXPECT_EQ(response["headers"]["Retry-After"].error() == simdjson::SUCCESS,
              name == "Unavailable" || name == "TooManyRequests");
    EXPECT_EQ(response["headers"]["WWW-Authenticate"].error() == simdjson::SUCCESS,
              name == "Unauthorized");
  }
}

TEST_F(OpenApi, GivesEachCallANameOfItsOwn) {
  std::set<std::string> names;
  each_operation([&](const std::string& method, const std::string& path, const auto& operation) {
    std::string_view name;
    EXPECT_EQ(operation["operationId"].get(name), simdjson::SUCCESS) << method << " " << path;
    EXPECT_TRUE(names.emplace(name).second) << name;
  });
}

TEST_F(OpenApi, IsOfThisVersion) {
  std::string_view version;
  ASSERT_EQ(document_["info"]["version"].get(version), simdjson::SUCCESS);
  EXPECT_EQ(version, MARQUEE_VERSION);
  ASSERT_EQ(document_["openapi"].get(version), simdjson::SUCCESS);
  EXPECT_EQ(version, "3.1.0");
}

TEST_F(OpenApi, HasAPageThatNeedsNoScriptAndNothingFromElsewhere) {
  const std::string page = file("/docs.html");
  each_operation([&](const std::string&, const std::string& path, const auto&) {
    EXPECT_THAT(page, HasSubstr("<code>" + path + "</code>"));
  });
  for (const char* refused : {"<script", "<style", " style=", "http://", "https://", " onclick"}) {
    EXPECT_THAT(page, Not(HasSubstr(refused)));
  }
  EXPECT_THAT(file("/docs.css"), Not(HasSubstr("url(")));
}

}  // namespace
}  // namespace marquee::app
