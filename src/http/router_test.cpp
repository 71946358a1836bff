#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::http {
namespace {

Request request_for(Method method, std::string path) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  return request;
}

/// What the router answers at once.
Response answer(const Router& router, Method method, std::string path) {
  Response got;
  got.status = 0;
  router.dispatch(request_for(method, std::move(path)),
                  [&got](Response response) { got = std::move(response); });
  return got;
}

Handler saying(std::string text) {
  return [text](const Request& request, const Reply& reply) {
    Response response;
    response.body = text + std::string(request.path_parameter("id"));
    reply(std::move(response));
  };
}

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.add(Method::kGet, "/api/movies", saying("all"));
    router_.add(Method::kGet, "/api/movies/{id}", saying("one "));
    router_.add(Method::kPut, "/api/movies/{id}", saying("put "));
    router_.add(Method::kPost, "/api/events", saying("event"));
  }
  Router router_;
};

TEST_F(RouterTest, RunsTheRouteOfMethodAndPath) {
  EXPECT_EQ(answer(router_, Method::kGet, "/api/movies").body, "all");
  EXPECT_EQ(answer(router_, Method::kGet, "/api/movies/m:1").body, "one m:1");
  EXPECT_EQ(answer(router_, Method::kPut, "/api/movies/m:1").body, "put m:1");
}

TEST_F(RouterTest, AnswersHeadByTheHandlerOfGet) {
  EXPECT_EQ(answer(router_, Method::kHead, "/api/movies").status, 200);
}

TEST_F(RouterTest, AnswersAnUnknownPathWith404) {
  for (const char* path : {"/", "/api", "/api/movies/", "/api/movies/1/2", "/API/movies", "/x"}) {
    EXPECT_EQ(answer(router_, Method::kGet, path).status, 404) << path;
  }
}

TEST_F(RouterTest, NamesTheAllowedMethodsInA405) {
  const Response response = answer(router_, Method::kDelete, "/api/movies/1");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(header_of(answer(router_, Method::kGet, "/api/events"), "Allow"), "POST, OPTIONS");
  const Response odd = answer(router_, parse_method("QUERY"), "/api/events");
  EXPECT_EQ(odd.status, 405) << "the path is known, whatever the method";
  EXPECT_EQ(header_of(odd, "Allow"), "POST, OPTIONS");
}

TEST_F(RouterTest, AnswersOptionsWithAllow) {
  const Response response = answer(router_, Method::kOptions, "/api/events");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(answer(router_, Method::kOptions, "*").status, 204);
}

TEST_F(RouterTest, AnswersAnUnknownMethodWith501WhereNoRouteIs) {
  EXPECT_EQ(answer(router_, Method::kOther, "/nowhere").status, 501);
}

TEST_F(RouterTest, GivesTheRestToTheFallback) {
  router_.set_fallback(saying("page"));
  EXPECT_EQ(answer(router_, Method::kGet, "/console").body, "page");
  EXPECT_EQ(answer(router_, Method::kDelete, "/api/movies").status, 405);
}

TEST_F(RouterTest, NamesThePatternForMetrics) {
  EXPECT_EQ(router_.pattern_of(request_for(Method::kGet, "/api/movies/7")), "/api/movies/{id}");
  EXPECT_EQ(router_.pattern_of(request_for(Method::kDelete, "/api/movies/7")), "/api/movies/{id}");
  EXPECT_EQ(router_.pattern_of(request_for(Method::kGet, "/nowhere")), "unmatched");
}

}  // namespace
}  // namespace marquee::http
