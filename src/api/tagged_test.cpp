#include "api/tagged.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/response_head.h"

namespace marquee::api {
namespace {

http::Request asked(std::string if_none_match = "") {
  http::Request request;
  if (!if_none_match.empty()) {
    request.headers.emplace_back("if-none-match", std::move(if_none_match));
  }
  return request;
}

std::string etag_of(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "ETag") return value;
  }
  return "";
}

TEST(Tagged, GivesTheSameBodyTheSameStrongTagAndOthersOthers) {
  std::set<std::string> tags;
  for (const std::string body : {"{}", "{\"a\":1}", "{\"a\":2}", ""}) {
    const http::Response answer = tagged(asked(), body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, body);
    EXPECT_THAT(etag_of(answer), ::testing::MatchesRegex("\"[0-9a-f]{16}\""));
    EXPECT_EQ(etag_of(answer), etag_of(tagged(asked(), body)));
    EXPECT_TRUE(tags.insert(etag_of(answer)).second) << body;
  }
}

TEST(Tagged, SendsNoBodyToWhoHasItInAnyEncoding) {
  const std::string etag = etag_of(tagged(asked(), "{\"a\":1}"));
  for (const std::string& have :
       {etag, "W/" + etag, "\"x\", " + etag, http::gzip_etag(etag), std::string("*")}) {
    const http::Response answer = tagged(asked(have), "{\"a\":1}");
    EXPECT_EQ(answer.status, 304) << have;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(etag_of(answer), etag) << "a 304 names what the client may go on using";
  }
}

TEST(Tagged, SendsTheBodyToWhoHasAnother) {
  const std::string old = etag_of(tagged(asked(), "{\"a\":1}"));
  EXPECT_EQ(tagged(asked(old), "{\"a\":2}").status, 200);
  EXPECT_EQ(tagged(asked("a"), "{\"a\":2}").status, 200);
}

}  // namespace
}  // namespace marquee::api
