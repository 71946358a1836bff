// One call of log() is one line, whatever it is given and however many threads call.
#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "telemetry/log.h"

namespace marquee::telemetry {
namespace {

template <typename Body>
std::string stderr_of(const Body& body) {
  ::testing::internal::CaptureStderr();
  body();
  return ::testing::internal::GetCapturedStderr();
}

RC_GTEST_PROP(LogLines, NoInputMakesASecondLineOrAControlCharacter,
              (const std::string& component, const std::string& message)) {
  const std::string text = stderr_of([&] { log(Level::kError, component, message); });
  RC_ASSERT(std::count(text.begin(), text.end(), '\n') == 1);
  RC_ASSERT(text.back() == '\n');
  RC_ASSERT(std::all_of(text.begin(), text.end() - 1, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code >= 0x20 && code != 0x7F;
  }));
}

TEST(LogLines, EscapesEveryControlCharacterAndNothingElse) {
  for (int code = 0; code < 128; ++code) {
    const std::string one(1, static_cast<char>(code));
    const std::string text = stderr_of([&] { log(Level::kInfo, "c", "<" + one + ">"); });
    const bool control = code < 0x20 || code == 0x7F;
    EXPECT_EQ(text.find("<" + one + ">") == std::string::npos, control) << code;
  }
}

TEST(LogLines, LeavesTextsOfAllLanguagesReadable) {
  const std::string text = stderr_of([] { log(Level::kInfo, "catalog", "Amélie 愛 🎬"); });
  EXPECT_NE(text.find("catalog: Amélie 愛 🎬\n"), std::string::npos) << text;
}

TEST(LogLines, NamesEveryLevelInWords) {
  set_log_level(Level::kDebug);
  for (const auto& [level, word] : {std::pair{Level::kDebug, " debug c: m\n"},
                                    {Level::kInfo, " info c: m\n"},
                                    {Level::kWarning, " warning c: m\n"},
                                    {Level::kError, " error c: m\n"}}) {
    const std::string text = stderr_of([each = level] { log(each, "c", "m"); });
    EXPECT_TRUE(text.ends_with(word)) << text;
  }
  set_log_level(Level::kInfo);
}

TEST(LogLines, EachLevelLetsItselfAndTheGraverThrough) {
  const std::vector<Level> levels{Level::kDebug, Level::kInfo, Level::kWarning, Level::kError};
  for (const Level least : levels) {
    set_log_level(least);
    for (const Level level : levels) {
      const std::string text = stderr_of([level] { log(level, "c", "m"); });
      EXPECT_EQ(!text.empty(), level >= least);
    }
  }
  set_log_level(Level::kInfo);
}

TEST(LogLines, AMessageOfAMegabyteComesWhole) {
  const std::string large(1 << 20, 'x');
  const std::string text = stderr_of([&] { log(Level::kInfo, "c", large); });
  EXPECT_NE(text.find(large), std::string::npos);
}

TEST(LogLines, LinesOfManyThreadsAreNeverMixed) {
  constexpr int kThreads = 4, kLines = 100;
  const std::string text = stderr_of([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        const std::string body(200, static_cast<char>('a' + t));
        for (int i = 0; i < kLines; ++i) log(Level::kInfo, "thread", body + std::to_string(i));
      });
    }
  });
  std::istringstream in(text);
  std::set<std::string> bodies;
  for (std::string line; std::getline(in, line);) bodies.insert(line.substr(line.find(": ") + 2));
  EXPECT_EQ(bodies.size(), static_cast<std::size_t>(kThreads * kLines));
  for (const std::string& body : bodies) {
    EXPECT_EQ(body.substr(0, 200), std::string(200, body[0]));
  }
}

}  // namespace
}  // namespace marquee::telemetry
