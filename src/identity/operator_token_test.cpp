#include "identity/operator_token.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/uuid.h"

namespace marquee::identity {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class OperatorTokenTest : public ::testing::Test {
 protected:
  OperatorTokenTest()
      : dir_(fs::temp_directory_path() / ("marquee_token_" + Uuid::v7(1).to_string())),
        path_(dir_ / "operator.token") {
    fs::create_directory(dir_);
  }
  ~OperatorTokenTest() override { fs::remove_all(dir_); }

  OperatorToken load() {
    auto token = OperatorToken::load_or_create(path_);
    EXPECT_TRUE(token.ok()) << token.error().message;
    return std::move(*token);
  }
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }

  const fs::path dir_;
  const fs::path path_;
};

TEST_F(OperatorTokenTest, IsMadeOnceWithAModeThatKeepsOthersOut) {
  const OperatorToken first = load();
  EXPECT_EQ(first.text().size(), 43U);  // 32 bytes in base64url without padding
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(load().text(), first.text());
}

TEST_F(OperatorTokenTest, IsAnotherInEveryDirectory) {
  const std::string first = load().text();
  fs::remove(path_);
  EXPECT_NE(load().text(), first);
}

TEST_F(OperatorTokenTest, MatchesItselfOnly) {
  const OperatorToken token = load();
  EXPECT_TRUE(token.matches(token.text()));
  std::string other = token.text();
  other[20] = other[20] == 'A' ? 'B' : 'A';
  for (const std::string& no : {std::string(), other, token.text() + "A", token.text().substr(1)}) {
    EXPECT_FALSE(token.matches(no));
  }
}

TEST_F(OperatorTokenTest, RefusesAFileThatOthersMayRead) {
  const std::string text = load().text();
  write(text, 0644);
  const auto again = OperatorToken::load_or_create(path_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(again.error().message, HasSubstr("chmod 600"));
  EXPECT_THAT(again.error().message, Not(HasSubstr(text)));
}

TEST_F(OperatorTokenTest, RefusesAFileWithoutAToken) {
  for (const char* text : {"", "short", "1234567890123456789012345678901234567890123456",
                           "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"}) {
    write(text);
    EXPECT_EQ(OperatorToken::load_or_create(path_).error().code, ErrorCode::kFailedPrecondition)
        << text;
  }
}

TEST_F(OperatorTokenTest, SaysWhenTheDirectoryIsMissing) {
  const auto token = OperatorToken::load_or_create(dir_ / "missing" / "operator.token");
  ASSERT_FALSE(token.ok());
  EXPECT_THAT(token.error().message, HasSubstr("missing/operator.token"));
}

TEST_F(OperatorTokenTest, DoesNotFollowALink) {
  load();
  fs::create_symlink(path_, dir_ / "link");
  EXPECT_FALSE(OperatorToken::load_or_create(dir_ / "link").ok());
}

TEST_F(OperatorTokenTest, SurvivesAnInterruptedFirstStart) {
  std::ofstream(path_.string() + ".new") << "half";
  EXPECT_EQ(load().text().size(), 43U);
}

}  // namespace
}  // namespace marquee::identity
