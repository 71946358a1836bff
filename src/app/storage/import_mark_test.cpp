#include "app/storage/import_mark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/uuid.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;

class ImportMarkTest : public ::testing::Test {
 protected:
  ImportMarkTest() { std::filesystem::create_directories(directory_); }
  ~ImportMarkTest() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("marquee_mark_" + Uuid::v7(1'000).to_string());
};

TEST_F(ImportMarkTest, StandsFromSetToClearAndNamesTheDataSetSetLast) {
  EXPECT_TRUE(check_no_import(directory_).ok());
  ASSERT_TRUE(ImportMark::set(directory_, "first").ok());
  const auto mark = ImportMark::set(directory_, "second");
  ASSERT_TRUE(mark.ok()) << mark.error().message;
  const auto refused = check_no_import(directory_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("--dataset second again"));
  ASSERT_TRUE(mark->clear().ok());
  EXPECT_TRUE(check_no_import(directory_).ok());
}

TEST_F(ImportMarkTest, OfADirectoryThatIsNotThereIsAnError) {
  EXPECT_FALSE(ImportMark::set(directory_ / "absent", "x").ok());
  EXPECT_TRUE(check_no_import(directory_ / "absent").ok());
}

}  // namespace
}  // namespace marquee::app
