// What a caller of the C functions may get wrong: each ends in a status and a message that names
// it.

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "streaming/marquee_streaming.h"

namespace marquee::streaming {
namespace {

struct Answer {
  int status = 0;
  char text[256] = "";
};

struct Free {
  void operator()(marquee_settings* settings) const { marquee_settings_free(settings); }
};
using SettingsHandle = std::unique_ptr<marquee_settings, Free>;

SettingsHandle with(const char* assignment, Answer& answer) {
  marquee_settings* settings = nullptr;
  answer.status =
      marquee_settings_load(nullptr, &assignment, 1, &settings, answer.text, sizeof(answer.text));
  return SettingsHandle(settings);
}

TEST(CSettings, AreThoseOfTheProgramWithWhatTheCallerAssigned) {
  Answer answer;
  const auto settings = with("live.neighbors=0.25", answer);
  ASSERT_EQ(answer.status, MARQUEE_OK) << answer.text;
  std::array<char, 16> value{};
  for (const auto& [key, wanted] :
       {std::pair("live.neighbors", "0.25"), std::pair("speed.batch_interval_s", "5")}) {
    ASSERT_EQ(marquee_settings_text(settings.get(), key, value.data(), value.size(), answer.text,
                                    sizeof(answer.text)),
              MARQUEE_OK)
        << answer.text;
    EXPECT_STREQ(value.data(), wanted);
  }
  EXPECT_EQ(marquee_settings_text(settings.get(), "live.neighbors", value.data(), 4, answer.text,
                                  sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
}

TEST(CSettings, WhatIsNoneIsRefusedAsTheProgramDoes) {
  Answer answer;
  EXPECT_EQ(with("live.neighbours=1", answer), nullptr);
  EXPECT_EQ(answer.status, MARQUEE_INVALID_ARGUMENT);
  EXPECT_NE(std::string(answer.text).find("did you mean 'live.neighbors'?"), std::string::npos)
      << answer.text;
  EXPECT_EQ(with("live.neighbors", answer), nullptr);
  EXPECT_EQ(with("live.neighbors=1000", answer), nullptr);
  marquee_settings* settings = nullptr;
  EXPECT_EQ(marquee_settings_load("/no/marquee.toml", nullptr, 0, &settings, answer.text,
                                  sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT)
      << answer.text;
  EXPECT_EQ(marquee_settings_load(nullptr, nullptr, 1, &settings, nullptr, 0),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(settings, nullptr);
}

TEST(CStream, NullIsNoStream) {
  Answer answer;
  EXPECT_EQ(marquee_stream_claim(nullptr, nullptr, 0, nullptr, answer.text, sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_STREQ(answer.text, "stream is null");
  EXPECT_EQ(marquee_stream_fold(nullptr, nullptr, nullptr, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_stream_check_log(nullptr, "c", "t", 1, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(marquee_stream_open(nullptr, nullptr, nullptr, 0), MARQUEE_INVALID_ARGUMENT);
  marquee_stream* stream = nullptr;
  EXPECT_EQ(marquee_stream_open(nullptr, &stream, answer.text, sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_STREQ(answer.text, "settings is null");
  marquee_stream_close(nullptr);
  marquee_settings_free(nullptr);
}

TEST(CStream, AStateThatIsNoneOpensNothing) {
  marquee_stream* stream = nullptr;
  Answer answer;
  const auto settings = with("state=sqlite:", answer);
  EXPECT_EQ(marquee_stream_open(settings.get(), &stream, answer.text, sizeof(answer.text)),
            MARQUEE_INVALID_ARGUMENT);
  EXPECT_EQ(stream, nullptr);
  EXPECT_NE(std::string(answer.text).find("postgresql://"), std::string::npos) << answer.text;
}

TEST(CStream, AServerThatIsAwayIsToldFromOneThatRefuses) {
  marquee_stream* stream = nullptr;
  Answer answer;
  const auto settings = with("state=postgresql://nobody@127.0.0.1:1/none", answer);
  EXPECT_EQ(marquee_stream_open(settings.get(), &stream, answer.text, sizeof(answer.text)),
            MARQUEE_STREAM_UNAVAILABLE)
      << answer.text;
  EXPECT_EQ(stream, nullptr);
}

}  // namespace
}  // namespace marquee::streaming
