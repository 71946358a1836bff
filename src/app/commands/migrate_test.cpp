#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/embedded/sqlite/connection.h"
#include "adapters/embedded/sqlite/schema.h"
#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/data_directory.h"

namespace marquee::app {
namespace {

using embedded::SqliteConnection;
using ::testing::HasSubstr;

class MigrateTest : public SmallDatasetTest {
 protected:
  static std::int64_t last() { return embedded::migrations().back().version; }
  /// A database as a program of one version ago left it.
  void make_older() {
    const auto paths = data_paths(loaded_.settings);
    ASSERT_TRUE(paths.ok());
    ASSERT_TRUE(prepare_directory(paths->directory).ok());
    const auto connection = SqliteConnection::open(paths->database, {});
    ASSERT_TRUE(connection.ok()) << connection.error().message;
    const auto older = embedded::migrations().first(embedded::migrations().size() - 1);
    ASSERT_TRUE(embedded::migrate(**connection, older).ok());
  }
  /// What the command printed.
  std::string migrate() const {
    ::testing::internal::CaptureStdout();
    const auto outcome = commands::migrate(loaded_);
    const std::string printed = ::testing::internal::GetCapturedStdout();
    return outcome.ok() ? printed : outcome.error().message;
  }
};

TEST_F(MigrateTest, AnOlderDatabaseIsRefusedForReadingUntilItIsMigrated) {
  make_older();
  const auto refused = commands::audit(loaded_, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("run 'marquee migrate'"));
  EXPECT_THAT(migrate(),
              HasSubstr(fmt::format("from schema version {} to {}", last() - 1, last())));
  ::testing::internal::CaptureStdout();
  const auto audited = commands::audit(loaded_, false);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("holds: true"));
  EXPECT_TRUE(audited.ok()) << audited.error().message;
}

TEST_F(MigrateTest, DoesNothingTheSecondTime) {
  make_older();
  migrate();
  EXPECT_THAT(migrate(), HasSubstr(fmt::format("schema version {}: nothing to do", last())));
}

TEST_F(MigrateTest, ADirectoryWithoutADatabaseIsNotFoundAndNotMade) {
  const auto outcome = commands::migrate(loaded_);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(data_paths(loaded_.settings)->database));
}

}  // namespace
}  // namespace marquee::app
