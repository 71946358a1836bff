#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;

class StreamRoutes : public RoutesTest {
 protected:
  Offset happen(const std::string& user) {
    ++number_;
    const Offset offset =
        log_.push_unchecked(testing::EventBuilder(user, "1").id(number_).build(), number_);
    UserProfile profile;
    profile.last_offset = offset;
    state_.put(user, profile);
    state_.apply_up_to(offset.sequence + 1);
    return offset;
  }
  /// What the stream of `answer` says up to and with `text`.
  static std::string hear(const http::Response& answer, const std::string& text) {
    std::string heard;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (heard.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      heard += answer.stream->take().bytes;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_THAT(heard, HasSubstr(text));
    return heard;
  }

  std::uint64_t number_ = 0;
};

TEST_F(StreamRoutes, AnswerAViewerWithAStreamThatNoProxyKeepsBack) {
  const auto answer = get("/api/users/ann/stream");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/event-stream");
  EXPECT_EQ(header_of(answer, "X-Accel-Buffering"), "no");
  ASSERT_NE(answer.stream, nullptr);
  const Offset offset = happen("ann");
  hear(answer, "event: list_changed\nid: " + offset.to_string() + "\n");
}

TEST_F(StreamRoutes, ResumeByTheHeaderThatAnEventSourceSends) {
  const Offset seen = happen("ann");
  const Offset last = happen("ann");
  const auto behind = get("/api/users/ann/stream", {{"last-event-id", seen.to_string()}});
  hear(behind, "event: list_changed\nid: " + last.to_string() + "\n");
  const auto level = get("/api/users/ann/stream", {{"last-event-id", last.to_string()}});
  EXPECT_THAT(level.stream->take().bytes, Not(HasSubstr("list_changed")));
  const auto first_time = get("/api/users/ann/stream", {{"last-event-id", ""}});
  EXPECT_EQ(first_time.status, 200) << "an EventSource that heard no id yet";
}

TEST_F(StreamRoutes, LetAnIdOfAnotherLogBeginAnew) {
  const Offset last = happen("ann");
  for (const char* id : {"e:99", "k:0:5"}) {
    const auto answer = get("/api/users/ann/stream", {{"last-event-id", id}});
    hear(answer, "event: list_changed\nid: " + last.to_string() + "\n");
  }
}

TEST_F(StreamRoutes, RefuseWhatTheyDoNotUnderstand) {
  for (const char* id : {"7", "e:", "e:-1", "nonsense", "e:1 ", "k:0", "k:x:5"}) {
    expect_problem(get("/api/users/ann/stream", {{"last-event-id", id}}), 422, "Last-Event-ID", id);
  }
  expect_problem(get("/api/users/a%20b/stream"), 422, "id", "no id in the path");
  expect_problem(get("/api/users/ann/stream?since=e:1"), 400, "since", "unknown parameter");
  expect_problem(as_operator(Method::kGet, "/api/admin/events/stream?x=1"), 400, "x",
                 "unknown parameter");
}

TEST_F(StreamRoutes, TellOperatorsAloneOfEverybody) {
  expect_problem(get("/api/admin/events/stream"), 401, "", "no token");
  const auto answer = as_operator(Method::kGet, "/api/admin/events/stream");
  ASSERT_NE(answer.stream, nullptr);
  happen("ann");
  hear(answer, "\"user_id\":\"ann\"");
}

TEST_F(StreamRoutes, SayThatThereAreTooMany) {
  std::vector<http::Response> open;
  for (std::size_t i = 0; i < ChangeStreams::Options{}.streams_max; ++i) {
    open.push_back(get("/api/users/ann/stream"));
    ASSERT_EQ(open.back().status, 200);
  }
  const auto refused = get("/api/users/ann/stream");
  expect_problem(refused, 503, "", "one too many");
  EXPECT_NE(header_of(refused, "Retry-After"), "");
  open.pop_back();
  EXPECT_EQ(get("/api/users/ann/stream").status, 200) << "one has left";
}

}  // namespace
}  // namespace marquee::api
