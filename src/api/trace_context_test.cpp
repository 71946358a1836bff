#include "api/trace_context.h"

#include <string>

#include <gtest/gtest.h>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

constexpr const char* kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string passed_on(std::string value) {
  http::Request request;
  request.headers.emplace_back("traceparent", std::move(value));
  return traceparent_of(request);
}

TEST(TraceContext, IsPassedOnAsItCame) {
  EXPECT_EQ(passed_on(kTrace), kTrace);
  EXPECT_EQ(traceparent_of(http::Request()), "");
}

TEST(TraceContext, OfALaterVersionIsPassedOnAsFarAsItIsKnown) {
  const std::string later = "cc" + std::string(kTrace).substr(2);
  EXPECT_EQ(passed_on(later), later);
  EXPECT_EQ(passed_on(later + "-what-the-future-brings"), later);
  EXPECT_EQ(passed_on(later + "."), "");
}

TEST(TraceContext, ThatIsNoneIsLeftOut) {
  const std::string good = kTrace;
  const std::vector<std::string> all_bad{
      "",
      "00",
      good + "0",
      good + "-x",
      good.substr(1),
      "ff" + good.substr(2),
      "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e47\r\n-00f067aa0ba902b7-01"};
  for (const std::string& bad : all_bad) {
    EXPECT_EQ(passed_on(bad), "") << bad;
  }
}

using EventTrace = RoutesTest;

TEST_F(EventTrace, GoesIntoTheLogWithEachEventOfTheRequest) {
  constexpr const char* kTracedClick = R"({"user_id":"u1","movie_id":"1","event_type":"click"})";
  const auto post = [&](std::string body, std::string trace) {
    const auto answer =
        ask(http::Method::kPost, "/api/events", std::move(body),
            {{"content-type", "application/json"}, {"traceparent", std::move(trace)}});
    EXPECT_LT(answer.status, 300) << answer.body;
  };
  post(kTracedClick, kTrace);
  post("[" + std::string(kTracedClick) + "," + kTracedClick + "]", kTrace);
  post(kTracedClick, "no trace at all");
  EXPECT_EQ(log_.traces(), (std::vector<std::string>{kTrace, kTrace, kTrace, ""}));
}

}  // namespace
}  // namespace marquee::api
