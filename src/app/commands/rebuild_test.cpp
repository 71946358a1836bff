// Goal: rebuild brings damaged folded state back, and touches nothing when a truth is damaged.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "adapters/embedded/sqlite/database.h"
#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/data_directory.h"

namespace marquee::app {
namespace {

using embedded::SqliteConnection;
using embedded::SqliteDatabase;
using ::testing::HasSubstr;

class RebuildTest : public SmallDatasetTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        quietly([&] { return commands::import_dataset(loaded_, dataset().string()); }).ok());
  }
  template <typename Command>
  static Result<void> quietly(Command&& command) {
    ::testing::internal::CaptureStdout();
    auto outcome = command();
    ::testing::internal::GetCapturedStdout();
    return outcome;
  }
  Result<void> rebuild(bool verify_only) {
    return quietly([&] { return commands::rebuild(loaded_, verify_only); });
  }
  std::filesystem::path database() const { return data_paths(loaded_.settings)->database; }

  /// Flips a bit of what stands in the first page of `table`.
  void damage(const std::string& table) {
    const auto page =
        SqliteDatabase::open(database(), SqliteDatabase::Mode::kReadOnly)
            .value()
            ->read([&](SqliteConnection& reader) -> Result<std::int64_t> {
              MARQUEE_TRY(auto query, reader.prepare("SELECT rootpage FROM sqlite_schema WHERE "
                                                     "name = ?"));
              MARQUEE_TRY(const bool row, query.bind(std::string_view(table)).step());
              return row ? query.i64(0) : 0;
            });
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    const std::streamoff at = *page * 4'096 - 50;
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 4));
  }
};

TEST_F(RebuildTest, BringsBackFoldedStateOfWhichABitFlipped) {
  ASSERT_TRUE(rebuild(true).ok());
  for (const char* table : {"user_profiles", "movie_counts", "fold_totals", "cursors"}) {
    damage(table);
    const auto found = rebuild(true);
    ASSERT_FALSE(found.ok()) << table;
    EXPECT_EQ(found.error().code, ErrorCode::kDataLoss) << found.error().message;
    const auto rebuilt = rebuild(false);
    EXPECT_TRUE(rebuilt.ok()) << table << ": " << (rebuilt.ok() ? "" : rebuilt.error().message);
    const auto whole = rebuild(true);
    EXPECT_TRUE(whole.ok()) << table << ": " << (whole.ok() ? "" : whole.error().message);
  }
}

TEST_F(RebuildTest, LeavesADamagedTruthAsItIsAndSaysSo) {
  damage("movies");
  damage("user_profiles");
  const auto refused = rebuild(false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss) << refused.error().message;
  const auto found =
      SqliteDatabase::open(database(), SqliteDatabase::Mode::kReadOnly).value()->check_integrity();
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().message, HasSubstr("user_profiles"));
  EXPECT_THAT(found.error().message, HasSubstr("movies"));
  EXPECT_THAT(found.error().message, HasSubstr("restore a backup"));
}

}  // namespace
}  // namespace marquee::app
