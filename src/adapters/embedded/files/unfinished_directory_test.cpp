// Goal: what an interrupted process left is never taken for whole, and never in the way.

#include "adapters/embedded/files/unfinished_directory.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class UnfinishedDirectoryTest : public ::testing::Test {
 protected:
  static Result<UnfinishedDirectory> begin(const fs::path& directory) {
    return UnfinishedDirectory::begin(directory, "marquee backup");
  }
  static void write(const fs::path& file) { std::ofstream(file) << "content"; }
  static std::size_t entries(const fs::path& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
  }
  /// Runs `body` in a process of its own that is then killed.
  template <typename Body>
  static void in_killed_process(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

  marquee::testing::TemporaryDirectory root_;
  const fs::path target_ = root_.path() / "a" / "target";
};

TEST_F(UnfinishedDirectoryTest, IsWholeAfterFinishAndNotBefore) {
  {
    auto unfinished = begin(target_);
    ASSERT_TRUE(unfinished.ok()) << unfinished.error().message;
    fs::create_directories(target_ / "sub");
    write(target_ / "sub" / "file");
    const auto checked = check_finished(target_);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_THAT(checked.error().message, HasSubstr("marquee backup"));
    EXPECT_THAT(checked.error().message, HasSubstr(target_.string()));
    ASSERT_TRUE(unfinished->finish().ok());
    EXPECT_TRUE(check_finished(target_).ok());
  }
  EXPECT_TRUE(fs::exists(target_ / "sub" / "file")) << "finished: it stays";
  EXPECT_EQ(entries(target_), 1U) << "no marker left";
}

TEST_F(UnfinishedDirectoryTest, GoesWithEverythingInItWithoutFinish) {
  {
    const auto unfinished = begin(target_);
    ASSERT_TRUE(unfinished.ok());
    fs::create_directories(target_ / "sub");
    write(target_ / "sub" / "file");
  }
  EXPECT_FALSE(fs::exists(target_)) << "it was made, so it goes";
  fs::create_directories(target_);
  {
    const auto unfinished = begin(target_);
    ASSERT_TRUE(unfinished.ok());
    write(target_ / "file");
  }
  EXPECT_TRUE(fs::is_directory(target_)) << "it was there, so it stays";
  EXPECT_EQ(entries(target_), 0U);
}

TEST_F(UnfinishedDirectoryTest, WhatIsNotEmptyIsRefusedAndUntouched) {
  fs::create_directories(target_);
  write(target_ / "precious");
  const auto refused = begin(target_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("not empty"));
  EXPECT_EQ(entries(target_), 1U);
  EXPECT_TRUE(fs::exists(target_ / "precious"));
}

TEST_F(UnfinishedDirectoryTest, AFileInThePlaceIsRefused) {
  write(root_.path() / "file");
  const auto refused = begin(root_.path() / "file");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("is no directory"));
  EXPECT_FALSE(begin(root_.path() / "file" / "below").ok());
  EXPECT_TRUE(fs::is_regular_file(root_.path() / "file"));
}

TEST_F(UnfinishedDirectoryTest, WhatAKilledProcessLeftIsUnfinishedAndClearedByTheNext) {
  in_killed_process([&] {
    const auto unfinished = begin(target_);
    write(target_ / "half");
    ::raise(SIGKILL);
  });
  ASSERT_TRUE(fs::exists(target_ / "half"));
  EXPECT_FALSE(check_finished(target_).ok());
  auto again = begin(target_);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_FALSE(fs::exists(target_ / "half"));
  ASSERT_TRUE(again->finish().ok());
  EXPECT_EQ(entries(target_), 0U);
}

TEST_F(UnfinishedDirectoryTest, OneProcessAtATimeFillsIt) {
  const auto first = begin(target_);
  ASSERT_TRUE(first.ok());
  write(target_ / "file");
  const auto second = begin(target_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("another process"));
  EXPECT_TRUE(fs::exists(target_ / "file")) << "the second touched nothing";
}

TEST_F(UnfinishedDirectoryTest, AMovedOneClearsUpOnce) {
  {
    auto first = begin(target_);
    ASSERT_TRUE(first.ok());
    const UnfinishedDirectory moved = std::move(*first);
    EXPECT_EQ(moved.path(), target_);
    EXPECT_TRUE(fs::exists(target_));
  }
  EXPECT_FALSE(fs::exists(target_));
}

TEST_F(UnfinishedDirectoryTest, ADirectoryWithoutAMarkerOrNoneAtAllIsFinished) {
  EXPECT_TRUE(check_finished(root_.path()).ok());
  EXPECT_TRUE(check_finished(root_.path() / "none").ok());
}

}  // namespace
}  // namespace marquee::embedded
