#include "app/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace marquee::app {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// What a Progress writes, into a file of its own.
class ProgressTest : public ::testing::Test {
 protected:
  ~ProgressTest() override { std::fclose(file_); }

  std::string written() {
    std::string text(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), file_), text.size());
    return text;
  }

  testing::ManualClock clock_;
  std::FILE* const file_ = std::tmpfile();
};

TEST_F(ProgressTest, ATerminalSeesABarThatGrowsAndIsGoneAtTheEnd) {
  Progress progress(*file_, true, clock_);
  progress.step("import");
  clock_.advance(30s);
  progress.update(0.25, "5000 interactions read");
  EXPECT_EQ(written(),
            "\r\033[Kimport: [######..................]  25 %, 5000 interactions read, "
            "1:30 left");
  progress.done("all of it");
  EXPECT_THAT(written(), ::testing::EndsWith("\r\033[Kimport (30.0 s): all of it\n"));
}

TEST_F(ProgressTest, ATerminalIsLeftAloneForASecondAndRedrawnTenTimesInOne) {
  Progress progress(*file_, true, clock_);
  progress.step("import");
  clock_.advance(900ms);
  progress.update(0.5, "early");
  EXPECT_EQ(written(), "");
  clock_.advance(200ms);
  progress.update(0.5, "first");
  clock_.advance(50ms);
  progress.update(0.5, "too soon");
  clock_.advance(60ms);
  progress.update(0.5, "second");
  EXPECT_THAT(written(), HasSubstr("first"));
  EXPECT_THAT(written(), HasSubstr("second"));
  EXPECT_THAT(written(), ::testing::Not(HasSubstr("too soon")));
}

TEST_F(ProgressTest, ElsewhereAPlainLineComesEveryTenSeconds) {
  Progress progress(*file_, false, clock_);
  progress.step("import");
  for (int second = 1; second <= 25; ++second) {
    clock_.advance(1s);
    progress.update(second / 100.0, std::to_string(second) + " read");
    progress.update("words only");
  }
  EXPECT_EQ(written(), "import:  10 %, 10 read, 1:30 left\nimport:  20 %, 20 read, 1:20 left\n");
}

TEST_F(ProgressTest, AShareOutOfRangeIsDrawnAsTheNearestOne) {
  Progress progress(*file_, true, clock_);
  progress.step("x");
  for (const double share : {-1.0, 0.0, 1.0, 7.0, 0.0 / 0.0}) {
    clock_.advance(2s);
    progress.update(share, "s");
  }
  EXPECT_THAT(written(), HasSubstr("[........................]   0 %, s"));
  EXPECT_THAT(written(), HasSubstr("[########################] 100 %, s, 0:00 left"));
}

}  // namespace
}  // namespace marquee::app
