#include "http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/compression.h"

namespace marquee::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string head_of(const Response& response, bool close = false) {
  std::string out;
  append_head(
      out, response,
      {.date = "Thu, 01 Jan 1970 00:00:00 GMT", .body_size = response.body.size(), .close = close});
  return out;
}

Response text_of(std::size_t size) {
  Response response;
  response.body = std::string(size, 'x');
  return response;
}

TEST(ResponseHead, CarriesDateServerLengthAndSecurityHeaders) {
  Response response;
  response.body = "{}";
  const std::string head = head_of(response);
  EXPECT_THAT(head, ::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
  for (const char* line :
       {"Server: marquee", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Content-Length: 2",
        "Content-Type: application/json", "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer", "X-Frame-Options: DENY", "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"}) {
    EXPECT_THAT(head, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
  EXPECT_THAT(head, Not(HasSubstr("Connection:")));
  EXPECT_THAT(head_of(response, true), HasSubstr("\r\nConnection: close\r\n"));
}

TEST(ResponseHead, LetsHtmlLoadFromItsOwnOriginOnly) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  EXPECT_THAT(head_of(response), HasSubstr("Content-Security-Policy: default-src 'self';"));
  EXPECT_THAT(head_of(response), Not(HasSubstr("unsafe-inline")));
}

TEST(ResponseHead, KeepsTheCachingThatAHandlerAsksFor) {
  Response response;
  response.headers.emplace_back("Cache-Control", "public, max-age=60");
  EXPECT_THAT(head_of(response), HasSubstr("Cache-Control: public, max-age=60\r\n"));
  EXPECT_THAT(head_of(response), Not(HasSubstr("no-store")));
}

TEST(ResponseHead, SaysNothingOfABodyThatCannotBe) {
  for (const int status : {204, 304}) {
    Response response;
    response.status = status;
    EXPECT_THAT(head_of(response), Not(HasSubstr("Content-Length")));
    EXPECT_THAT(head_of(response), Not(HasSubstr("Content-Type:")));
  }
}

TEST(ResponseHead, DropsLineBreaksFromHeaderValues) {
  Response response;
  response.headers.emplace_back("X-Title", "a\r\nSet-Cookie: evil=1");
  EXPECT_THAT(head_of(response), Not(HasSubstr("\r\nSet-Cookie")));
}

TEST(ResponseHead, WritesDatesAsHttpWantsThem) {
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's own example
}

TEST(EncodeBody, CompressesLargeTextForClientsThatTakeIt) {
  Response response = text_of(5'000);
  response.headers.emplace_back("ETag", "\"abc\"");
  encode_body(response, "br;q=1, gzip;q=0.5");
  EXPECT_LT(response.body.size(), 200U);
  EXPECT_EQ(gunzip(response.body, 10'000).value(), std::string(5'000, 'x'));
  const std::string head = head_of(response);
  EXPECT_THAT(head, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(head, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(head, HasSubstr("ETag: \"abc-gzip\"\r\n"));
}

TEST(EncodeBody, LeavesSmallBodiesImagesAndOtherClientsAlone) {
  Response small = text_of(1'000);
  encode_body(small, "gzip");
  EXPECT_EQ(small.body.size(), 1'000U);
  Response image = text_of(5'000);
  image.content_type = "image/png";
  encode_body(image, "gzip");
  EXPECT_EQ(image.body.size(), 5'000U);
  Response plain = text_of(5'000);
  encode_body(plain, "");
  EXPECT_EQ(plain.body.size(), 5'000U);
  EXPECT_THAT(head_of(plain), HasSubstr("Vary: Accept-Encoding\r\n"));
}

TEST(AcceptsGzip, ReadsCodingsAndWeights) {
  for (const char* yes : {"gzip", "deflate, gzip", "gzip;q=0.1", "*", "br, *;q=0.5", "x-gzip"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "gzipped", "gzip;x"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(Gunzip, RefusesDamageAndBombs) {
  const std::string packed = gzip(std::string(100'000, 'a')).value();
  EXPECT_EQ(gunzip(packed, 100'000)->size(), 100'000U);
  EXPECT_EQ(gunzip(packed, 99'999).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(gunzip(packed.substr(0, packed.size() - 9), 200'000).error().code,
            ErrorCode::kDataLoss);
  EXPECT_EQ(gunzip("not gzip", 100).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(gunzip("", 100).error().code, ErrorCode::kDataLoss);
}

TEST(EtagMatches, FindsTheTagInAnyEncoding) {
  for (const char* yes : {"\"a\"", "\"x\", \"a\"", "W/\"a\"", "*", "\"a-gzip\""}) {
    EXPECT_TRUE(etag_matches(yes, "\"a\"")) << yes;
  }
  for (const char* no : {"", "\"b\"", "a", "\"a"}) EXPECT_FALSE(etag_matches(no, "\"a\"")) << no;
}

TEST(Problem, IsAnRfc9457Document) {
  Response response = problem(422, "the event is invalid", {{"/value", "must be from 0.5 to 5"}});
  add_instance(response, "/api/\"x\"");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
                           R"("detail":"the event is invalid","errors":[{"pointer":"/value",)"
                           R"("detail":"must be from 0.5 to 5"}],"instance":"/api/\"x\""})");
}

TEST(Problem, NamesByItsTypeWhatMustNotBeTriedAgain) {
  EXPECT_THAT(problem(Error{ErrorCode::kRefused, "x"}).body,
              HasSubstr(R"("type":"/docs#refused")"));
  EXPECT_THAT(problem(Error{ErrorCode::kDataLoss, "x"}).body,
              HasSubstr(R"("type":"/docs#data-damaged")"));
  EXPECT_THAT(problem(Error{ErrorCode::kConflict, "x"}).body, HasSubstr(R"("about:blank")"));
}

TEST(Problem, MapsEveryErrorCodeToAStatus) {
  const std::pair<ErrorCode, int> table[] = {
      {ErrorCode::kInvalidArgument, 422},  {ErrorCode::kNotFound, 404},
      {ErrorCode::kConflict, 409},         {ErrorCode::kFailedPrecondition, 409},
      {ErrorCode::kUnauthenticated, 401},  {ErrorCode::kPermissionDenied, 403},
      {ErrorCode::kUnavailable, 503},      {ErrorCode::kResourceExhausted, 507},
      {ErrorCode::kDeadlineExceeded, 504}, {ErrorCode::kDataLoss, 500},
      {ErrorCode::kRefused, 409},          {ErrorCode::kInternal, 500}};
  for (const auto& [code, status] : table) EXPECT_EQ(problem(Error{code, "x"}).status, status);
  EXPECT_THAT(head_of(problem(Error{ErrorCode::kUnavailable, "full"})),
              HasSubstr("Retry-After: 1"));
  EXPECT_THAT(head_of(problem(401, "who?")), HasSubstr("WWW-Authenticate: Bearer"));
}

}  // namespace
}  // namespace marquee::http
