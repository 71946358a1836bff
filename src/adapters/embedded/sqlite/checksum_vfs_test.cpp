// Goal: every page on the disk carries its checksum, whatever wrote it, and older files get theirs.
#include "adapters/embedded/sqlite/checksum_vfs.h"

#include <array>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/database.h"
#include "adapters/embedded/sqlite/database_for_test.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using Mode = SqliteDatabase::Mode;
constexpr std::size_t kPageBytes = 4'096;
constexpr const char* kManyRows =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
    "INSERT INTO movie_counts SELECT 'm' || i, 1, i FROM n";

class ChecksumVfsTest : public ::testing::Test {
 protected:
  static std::vector<std::byte> bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::byte> bytes;
    for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
      bytes.push_back(static_cast<std::byte>(*at));
    }
    return bytes;
  }
  /// Pages of `file` whose checksum does not hold.
  static std::size_t unsealed(const std::filesystem::path& file) {
    const auto bytes = bytes_of(file);
    EXPECT_GT(bytes.size(), kPageBytes);
    std::size_t broken = 0;
    for (std::size_t at = 0; at + kPageBytes <= bytes.size(); at += kPageBytes) {
      broken += is_sealed(std::span(bytes).subspan(at, kPageBytes), at / kPageBytes + 1) ? 0 : 1;
    }
    return broken;
  }
  static Result<void> write(SqliteDatabase& database, const char* sql) {
    return database.write(SqliteDatabase::Sync::kNormal,
                          [&](SqliteConnection& writer) { return writer.execute(sql); });
  }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
};

TEST_F(ChecksumVfsTest, ASealHoldsForItsBytesAndItsPlaceOnly) {
  std::array<std::byte, 512> page{};
  page[17] = std::byte{0x41};
  seal_page(page, 3);
  EXPECT_TRUE(is_sealed(page, 3));
  EXPECT_FALSE(is_sealed(page, 4)) << "a page that was written to another's place";
  for (std::size_t bit = 0; bit < 8 * page.size(); ++bit) {
    page[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(is_sealed(page, 3)) << bit;
    page[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

TEST_F(ChecksumVfsTest, APageOfZerosIsNotSealed) {
  EXPECT_FALSE(is_sealed(std::array<std::byte, kPageBytes>{}, 1));
}

TEST_F(ChecksumVfsTest, EveryPageOfANewDatabaseIsSealedAndOfItsCopiesToo) {
  const auto copy = directory_.path() / "copy.db";
  {
    const auto database = SqliteDatabase::open(path_, Mode::kReadWrite).value();
    ASSERT_TRUE(write(*database, kManyRows).ok());
    ASSERT_TRUE(database->checkpoint().ok());
    ASSERT_TRUE(database->copy_to(copy).ok());
  }
  EXPECT_EQ(unsealed(path_), 0U);
  EXPECT_EQ(unsealed(copy), 0U);
}

TEST_F(ChecksumVfsTest, ADatabaseWithoutChecksumsGetsThemAndKeepsWhatItHolds) {
  {
    const auto older = connect(path_);
    execute(*older, "PRAGMA journal_mode=WAL");
    ASSERT_TRUE(migrate(*older, migrations().first(5)).ok());
    execute(*older, kManyRows);
  }
  EXPECT_GT(unsealed(path_), 10U);
  for (int start = 0; start < 2; ++start) {
    const auto database = SqliteDatabase::open(path_, Mode::kReadWrite);
    ASSERT_TRUE(database.ok()) << database.error().message;
    EXPECT_EQ(unsealed(path_), 0U);
    EXPECT_TRUE((*database)->check_integrity().ok());
  }
  const auto plain = connect(path_, true);
  EXPECT_EQ(number(*plain, "SELECT sum(count) FROM movie_counts"), 5'000 * 5'001 / 2)
      << "any SQLite reads it";
}

TEST_F(ChecksumVfsTest, ThereIsNoneOnTopOfAVfsThatDoesNotExist) {
  const auto vfs = ChecksumVfs::on("no-such-vfs");
  ASSERT_FALSE(vfs.ok());
  EXPECT_NE(vfs.error().message.find("no-such-vfs"), std::string::npos);
}

TEST_F(ChecksumVfsTest, NoSingleBitTurnsTheMarkOfASealedFileIntoThatOfAPlainOne) {
  for (int bit = 0; bit < 8; ++bit) EXPECT_NE(kPageReserve ^ (1 << bit), 0);
}

}  // namespace
}  // namespace marquee::embedded
