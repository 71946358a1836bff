// Flips bits all over a database file: what is read afterwards is what was stored, or it is called
// damaged; never another number.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/fold_reference_for_test.h"
#include "adapters/embedded/sqlite/simulated_stores_for_test.h"

namespace marquee::embedded {
namespace {

const std::string kPath = "data/marquee.db";
constexpr std::size_t kFlippedPageBytes = 4'096;

class FlippedBitTest : public ::testing::Test {
 protected:
  FlippedBitTest() {
    const auto stores = open(SqliteDatabase::Mode::kReadWrite).value();
    fold(*stores);
    std::vector<Movie> films;
    for (int i = 0; i < 40; ++i) films.push_back(testing::test_movie("m" + std::to_string(i)));
    EXPECT_TRUE(stores->catalog.upsert(films).ok());
    EXPECT_EQ(texts(*stores->database, "PRAGMA freelist_count"), std::vector<std::string>{"0"});
  }

  Result<std::unique_ptr<SqliteStores>> open(SqliteDatabase::Mode mode, bool verify = true) {
    auto options = simulated(vfs_, disk_);
    options.verify_pages = verify;
    return SqliteStores::open(kPath, movies_, mode, options);
  }

  void fold(SqliteStores& stores) {
    state_ = FoldReference();
    while (state_.next < 200) {
      const auto stored = stores.profiles.apply(stream_.step(state_, 20, movies_));
      ASSERT_TRUE(stored.ok()) << stored.error().message;
    }
  }

  void flip(std::uint64_t bit) {
    auto bytes = whole_;
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    disk_.replace_contents(kPath, std::move(bytes));
  }

  /// What an examination says of the file as it is.
  Result<void> examine() {
    MARQUEE_TRY(const auto stores, open(SqliteDatabase::Mode::kReadOnly));
    return stores->database->check_integrity();
  }

  std::uint64_t page_of(const char* table) {
    const auto stores = open(SqliteDatabase::Mode::kReadOnly).value();
    const std::string sql =
        fmt::format("SELECT rootpage FROM sqlite_schema WHERE name = '{}'", table);
    return std::stoull(texts(*stores->database, sql).at(0));
  }

  SimulatedDisk disk_{1};
  SimulatedVfs vfs_{disk_};
  MovieTable movies_;
  FoldStream stream_{3};
  FoldReference state_;
  std::vector<std::byte> whole_;
};

TEST_F(FlippedBitTest, AnyFlippedBitIsFoundByAnExamination) {
  whole_ = disk_.contents(kPath);
  ASSERT_EQ(whole_.size() % kFlippedPageBytes, 0U);
  ASSERT_TRUE(examine().ok());
  std::uint64_t flips = 0;
  // Every bit of the header, then some of every page, of its reserved bytes too.
  for (std::uint64_t bit = 0; bit < 8 * whole_.size(); bit += bit < 800 ? 1 : 1'777) {
    flip(bit);
    const auto found = examine();
    ++flips;
    ASSERT_FALSE(found.ok()) << "bit " << bit;
    EXPECT_TRUE(found.error().code == ErrorCode::kDataLoss ||
                found.error().code == ErrorCode::kFailedPrecondition)
        << bit << ": " << found.error().message;
    EXPECT_NE(found.error().message.find(kPath), std::string::npos) << found.error().message;
  }
  EXPECT_GT(flips, 1'000U);
}

TEST_F(FlippedBitTest, NoReaderIsHandedAnotherNumber) {
  whole_ = disk_.contents(kPath);
  std::uint64_t refused = 0;
  for (std::uint64_t bit = 800; bit < 8 * whole_.size(); bit += 9'973) {
    flip(bit);
    const auto stores = open(SqliteDatabase::Mode::kReadOnly);
    if (!stores.ok()) continue;
    const auto at = (*stores)->profiles.load([](const UserId&, const UserProfile&) {},
                                             [](const CountDelta&) {});
    const std::string what = difference(**stores, movies_, state_);
    refused += what.empty() ? 0 : 1;
    EXPECT_TRUE(what.empty() || what.find("damaged") != std::string::npos ||
                what.starts_with("repeats") || what.starts_with("clicks") ||
                what.starts_with("number of events"))
        << bit << ": " << what;
  }
  EXPECT_GT(refused, 10U);
}

TEST_F(FlippedBitTest, DamagedFoldedStateCanBeFoldedAgainAndIsWholeThen) {
  for (const char* table : {"user_profiles", "interactions", "movie_counts", "cursors"}) {
    const std::uint64_t page = page_of(table);
    whole_ = disk_.contents(kPath);
    flip(8 * (page * kFlippedPageBytes - 100));
    const Error found_before = examine().error();
    EXPECT_EQ(found_before.code, ErrorCode::kDataLoss);
    EXPECT_NE(
        found_before.message.find(fmt::format(
            "Page {}: its checksum does not hold, in {}): stop the server and run", page, table)),
        std::string::npos)
        << found_before.message;
    {
      const auto stores = open(SqliteDatabase::Mode::kReadWrite, false);
      ASSERT_TRUE(stores.ok()) << stores.error().message;
      ASSERT_TRUE((*stores)->profiles.reset().ok());
      fold(**stores);
      ASSERT_TRUE((*stores)->database->rewrite().ok());
    }
    const auto found = examine();
    ASSERT_TRUE(found.ok()) << table << ": " << found.error().message;
    const auto stores = open(SqliteDatabase::Mode::kReadOnly).value();
    EXPECT_EQ(difference(*stores, movies_, state_), "") << table;
    EXPECT_EQ(stores->catalog.load()->size(), 40U);
  }
}

TEST_F(FlippedBitTest, DamageOfATruthIsNamedAndAsksForABackup) {
  const std::uint64_t page = page_of("movies");
  whole_ = disk_.contents(kPath);
  flip(8 * (page * kFlippedPageBytes - 100));
  const std::string message = examine().error().message;
  EXPECT_NE(message.find("in movies): stop the server and restore a backup"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace marquee::embedded
