#include "telemetry/log.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::telemetry {
namespace {

std::string logged(Level level, std::string_view component, std::string_view message) {
  ::testing::internal::CaptureStderr();
  log(level, component, message);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, WritesTimeLevelComponentAndMessageOnOneLine) {
  EXPECT_THAT(logged(Level::kWarning, "http", "port 8000 is taken"),
              ::testing::MatchesRegex("[0-9-]+T[0-9:.]+Z warning http: port 8000 is taken\n"));
}

TEST(Log, EscapesControlCharactersSoThatInputCannotForgeLines) {
  const std::string line = logged(Level::kInfo, "api", "bad id 'x\n2026 error forged'\x1b[31m");
  EXPECT_THAT(line, ::testing::HasSubstr("'x\\n2026 error forged'\\x1b[31m"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Log, TakesBracesAsText) {
  EXPECT_THAT(logged(Level::kInfo, "api", "{} {0} {bad"), ::testing::HasSubstr("{} {0} {bad"));
}

TEST(Log, HoldsBackWhatIsBelowTheLevel) {
  set_log_level(Level::kError);
  EXPECT_EQ(logged(Level::kWarning, "a", "quiet"), "");
  set_log_level(Level::kInfo);
  EXPECT_EQ(logged(Level::kDebug, "a", "quiet"), "");
  EXPECT_NE(logged(Level::kInfo, "a", "loud"), "");
}

}  // namespace
}  // namespace marquee::telemetry
