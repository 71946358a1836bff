// What a caller of the C functions may get wrong: each ends in a status and a message that names
// it.

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "streaming/marquee_streaming.h"

namespace marquee::streaming {
namespace {

struct Answer {
  int status = 0;
  char text[256] = "";
};

TEST(CStream, NullIsNoStream) {
  Answer answer;
  EXPECT_EQ(marquee_stream_claim(nullptr, nullptr, 0, nullptr, answer.text, sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_STREQ(answer.text, "stream is null");
  EXPECT_EQ(marquee_stream_fold(nullptr, nullptr, nullptr, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_stream_check_log(nullptr, "c", "t", 1, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_stream_open("postgresql://x/y", nullptr, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  marquee_stream_close(nullptr);
}

TEST(CStream, AStateThatIsNoneOpensNothing) {
  marquee_stream* stream = nullptr;
  Answer answer;
  EXPECT_EQ(marquee_stream_open("sqlite:", &stream, answer.text, sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(stream, nullptr);
  EXPECT_NE(std::string(answer.text).find("postgresql://"), std::string::npos) << answer.text;
}

TEST(CStream, AServerThatIsAwayIsToldFromOneThatRefuses) {
  marquee_stream* stream = nullptr;
  Answer answer;
  EXPECT_EQ(marquee_stream_open("postgresql://nobody@127.0.0.1:1/none", &stream, answer.text,
                                sizeof(answer.text)),
            MARQUEE_STREAM_UNAVAILABLE)
      << answer.text;
  EXPECT_EQ(stream, nullptr);
}

}  // namespace
}  // namespace marquee::streaming
