#include "http/request_parser.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::http {
namespace {

using State = RequestParser::State;

struct Parsed {
  State state = State::kMore;
  int status = 0;  ///< of the refusal
  Request request;
  std::string left;  ///< unconsumed
};

/// Feeds `bytes` in pieces of `step`.
Parsed parse(std::string_view bytes, std::size_t step = std::string::npos,
             const RequestParser::Limits& limits = {}) {
  RequestParser parser(limits);
  Parsed result;
  std::string pending;
  while (!bytes.empty() && parser.state() == State::kMore) {
    const std::size_t take = std::min(step, bytes.size());
    pending += bytes.substr(0, take);
    bytes.remove_prefix(take);
    pending.erase(0, parser.feed(pending));
  }
  result.state = parser.state();
  if (result.state == State::kRefused) result.status = parser.refusal().status;
  if (result.state == State::kComplete) result.request = parser.take();
  result.left = pending + std::string(bytes);
  return result;
}

TEST(RequestParser, ReadsMethodPathQueryHeadersAndBody) {
  const auto parsed = parse(
      "POST /api/ev%65nts?user_id=a+b&x=%C3%A9&flag HTTP/1.1\r\nHost: h:8000\r\n"
      "X-Mixed-Case:  some value \r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_EQ(parsed.state, State::kComplete);
  EXPECT_EQ(parsed.request.method, Method::kPost);
  EXPECT_EQ(parsed.request.path, "/api/events");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(parsed.request.query,
              ::testing::ElementsAre(Pair{"user_id", "a b"}, Pair{"x", "é"}, Pair{"flag", ""}));
  EXPECT_EQ(parsed.request.header("x-mixed-case"), "some value");
  EXPECT_EQ(parsed.request.body, "hello");
}

TEST(RequestParser, JoinsChunks) {
  const auto parsed = parse(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nWiki\r\n5;name=value\r\npedia\r\n0\r\nX-Trailer: 1\r\n\r\nNEXT");
  ASSERT_EQ(parsed.state, State::kComplete);
  EXPECT_EQ(parsed.request.body, "Wikipedia");
  EXPECT_FALSE(parsed.request.header("x-trailer"));
  EXPECT_EQ(parsed.left, "NEXT");
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  const auto parsed = parse("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n");
  ASSERT_EQ(parsed.state, State::kComplete);
  EXPECT_EQ(parsed.left, "GET /b HTTP/1.1\r\n");
}

TEST(RequestParser, TakesAnAbsoluteUrlThatAgreesWithHost) {
  const auto parsed = parse("GET http://H:80/a?b=c HTTP/1.1\r\nHost: h:80\r\n\r\n");
  ASSERT_EQ(parsed.state, State::kComplete);
  EXPECT_EQ(parsed.request.path, "/a");
}

RC_GTEST_PROP(RequestParser, ReadsTheSameInWhateverPiecesItComes, ()) {
  const std::string bytes =
      "POST /p?q=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
  const auto step = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
  const auto parsed = parse(bytes, step);
  RC_ASSERT(parsed.state == State::kComplete);
  RC_ASSERT(parsed.request.body == "abc0123456789abcdef");
  RC_ASSERT(parsed.left.empty());
}

RC_GTEST_PROP(RequestParser, NeverCrashesOnDamagedRequests, ()) {
  std::string bytes =
      "POST /p?q=%41 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n";
  const auto changes = *rc::gen::inRange(1, 6);
  for (int i = 0; i < changes; ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  parse(bytes, *rc::gen::inRange<std::size_t>(1, 40));
}

// What two servers could read differently is refused.
struct Ambiguity {
  const char* name;
  std::string bytes;
  int status;
};

std::string get(const std::string& headers) { return "GET / HTTP/1.1\r\n" + headers + "\r\n"; }
std::string post_with(const std::string& headers, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::vector<Ambiguity> ambiguous_framing() {
  return {
      {"length and chunked",
       post_with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked and length",
       post_with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400},
      {"two lengths that differ", post_with("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
       400},
      {"two lengths that agree", post_with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"),
       400},
      {"length list", post_with("Content-Length: 5,5\r\n", "hello"), 400},
      {"length with plus", post_with("Content-Length: +5\r\n", "hello"), 400},
      {"negative length", post_with("Content-Length: -1\r\n"), 400},
      {"hexadecimal length", post_with("Content-Length: 0x5\r\n", "hello"), 400},
      {"length 2^64", post_with("Content-Length: 18446744073709551616\r\n"), 400},
      {"empty length", post_with("Content-Length: \r\n"), 400},
      {"chunked, identity", post_with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
       400},
      {"gzip, chunked", post_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"xchunked", post_with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"vertical tab chunked",
       post_with("Transfer-Encoding: \x0b"
                 "chunked\r\n",
                 "0\r\n\r\n"),
       400},
      {"chunked twice",
       post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"identity", post_with("Transfer-Encoding: identity\r\n"), 400},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"chunk size overflow",
       post_with("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nx\r\n"), 400},
      {"chunk size negative", post_with("Transfer-Encoding: chunked\r\n", "-1\r\nx\r\n"), 400},
      {"chunk size with 0x", post_with("Transfer-Encoding: chunked\r\n", "0x1\r\nx\r\n0\r\n\r\n"),
       400},
      {"chunk without CRLF", post_with("Transfer-Encoding: chunked\r\n", "1\r\nxy\r\n0\r\n\r\n"),
       400},
      {"chunk with bare LF", post_with("Transfer-Encoding: chunked\r\n", "1\nx\n0\n\n"), 400},
      {"chunk extension 1 MB",
       post_with("Transfer-Encoding: chunked\r\n", "1;" + std::string(1 << 20, 'a') + "\r\nx\r\n"),
       400},
  };
}

std::vector<Ambiguity> ambiguous_heads() {
  return {
      {"space before colon", get("Host : h\r\n"), 400},
      {"folded line", get("Host: h\r\nX: a\r\n b\r\n"), 400},
      {"folded first line", get(" Host: h\r\n"), 400},
      {"tab fold", get("Host: h\r\n\tX: a\r\n"), 400},
      {"bare LF", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"one bare LF", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"bare CR", get("Host: h\r\nX: a\rb\r\n"), 400},
      {"NUL in a value", get(std::string("Host: h\r\nX: a\0b\r\n", 17)), 400},
      {"no colon", get("Host: h\r\nnonsense\r\n"), 400},
      {"empty name", get("Host: h\r\n: x\r\n"), 400},
      {"no Host", get(""), 400},
      {"two Hosts", get("Host: a\r\nHost: a\r\n"), 400},
      {"Host with a path", get("Host: a/b\r\n"), 400},
      {"Host with userinfo", get("Host: me@a\r\n"), 400},
      {"URL and Host differ", "GET http://evil/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n", 505},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400},
      {"path without slash", "GET api HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"broken percent", "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"percent and no hex", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"encoded slash", "GET /a%2fb HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"encoded backslash", "GET /a%5Cb HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"encoded NUL", "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"encoded NUL in the query", "GET /?a=%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"overlong UTF-8", "GET /%c0%af HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"encoded surrogate", "GET /?a=%ed%a0%80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"raw Latin-1", "GET /caf\xe9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"Expect something else", post_with("Expect: 200-maybe\r\nContent-Length: 0\r\n"), 417},
      {"URL over 8 KiB", "GET /" + std::string(8 << 10, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"URL of 64 KiB without end", "GET /" + std::string(64 << 10, 'a'), 414},
      {"header line over 8 KiB", get("Host: h\r\nX: " + std::string(8 << 10, 'a') + "\r\n"), 431},
      {"head over 16 KiB", get("Host: h\r\nX: " + std::string(17 << 10, 'a') + "\r\n"), 431},
      {"head without end", "GET / HTTP/1.1\r\nX: " + std::string(17 << 10, 'a'), 431},
      {"body over 1 MiB", post_with("Content-Length: 1048577\r\n"), 413},
      {"chunk over 1 MiB", post_with("Transfer-Encoding: chunked\r\n", "100001\r\n"), 413},
  };
}

void expect_refused(const std::vector<Ambiguity>& table) {
  for (const auto& [name, bytes, status] : table) {
    for (const std::size_t step : {std::string::npos, std::size_t{7}, std::size_t{1}}) {
      if (step == 1 && bytes.size() > 100'000) continue;
      const auto parsed = parse(bytes, step);
      EXPECT_EQ(parsed.state, State::kRefused) << name << " by " << step;
      EXPECT_EQ(parsed.status, status) << name << " by " << step;
    }
  }
}

TEST(RequestParser, RefusesBodiesWhoseEndIsAmbiguous) { expect_refused(ambiguous_framing()); }

TEST(RequestParser, RefusesHeadsThatAreAmbiguous) { expect_refused(ambiguous_heads()); }

TEST(RequestParser, RefusesMoreThanAHundredHeaders) {
  std::string headers = "Host: h\r\n";
  for (int i = 0; i < 100; ++i) headers += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(parse(get(headers)).status, 431);
}

TEST(RequestParser, RefusesChunksThatTogetherExceedTheLimit) {
  std::string body;
  for (int i = 0; i < 5; ++i) body += "40000\r\n" + std::string(0x40000, 'x') + "\r\n";
  EXPECT_EQ(parse(post_with("Transfer-Encoding: chunked\r\n", body), 65'536).status, 413);
}

TEST(RequestParser, NamesThePathOfWhatItRefusesOnceItKnowsIt) {
  const auto refusal_of = [](const std::string& bytes) {
    RequestParser parser({});
    parser.feed(bytes);
    EXPECT_EQ(parser.state(), State::kRefused);
    return parser.refusal().body;
  };
  for (const char* headers : {"Content-Length: 1048577\r\n", "Content-Length: x\r\n"}) {
    EXPECT_THAT(refusal_of("POST /api/%65vents?a=1 HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
                           "\r\n"),
                ::testing::HasSubstr("\"instance\":\"/api/events\""))
        << headers;
  }
  EXPECT_THAT(refusal_of("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n"),
              ::testing::Not(::testing::HasSubstr("instance")));
}

TEST(RequestParser, TakesABodyOfExactlyTheLimit) {
  RequestParser::Limits limits;
  limits.body_bytes_max = 8;
  EXPECT_EQ(parse(post_with("Content-Length: 8\r\n", "12345678"), 3, limits).state,
            State::kComplete);
  EXPECT_EQ(parse(post_with("Content-Length: 9\r\n", "123456789"), 3, limits).status, 413);
}

TEST(RequestParser, WaitsForTheEndOfAnIncompleteRequest) {
  const std::string whole = post_with("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(parse(whole.substr(0, size)).state, State::kMore) << size;
  }
}

TEST(RequestParser, SaysWhenAClientWaitsForContinue) {
  RequestParser parser({});
  const std::string head = post_with("Expect: 100-continue\r\nContent-Length: 2\r\n");
  parser.feed(head.substr(0, 20));
  EXPECT_FALSE(parser.wants_continue());
  parser.feed(head);
  EXPECT_TRUE(parser.wants_continue());
  parser.feed("ok");
  EXPECT_FALSE(parser.wants_continue());
  EXPECT_EQ(parser.state(), State::kComplete);
}

TEST(RequestParser, KnowsWhetherTheConnectionStays) {
  const auto keeps = [](std::string_view bytes) {
    RequestParser parser({});
    parser.feed(bytes);
    EXPECT_EQ(parser.state(), State::kComplete);
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
}

}  // namespace
}  // namespace marquee::http
