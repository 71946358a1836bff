#include "adapters/embedded/sqlite/feed_store.h"

#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/stores.h"
#include "testing/fold_batch_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using Row = std::pair<UserId, std::vector<ScoredMovie>>;

class SqliteFeedStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStores> open() {
    return SqliteStores::open(directory_.path() / "marquee.db", movies_,
                              SqliteDatabase::Mode::kReadWrite)
        .value();
  }
  /// `users` lists that all hold one film, handed out one at a time.
  static FeedStore::Lists lists(int users, const std::string& movie) {
    return [=, next = 0]() mutable -> Result<std::optional<Row>> {
      if (next == users) return std::optional<Row>();
      return std::optional(Row{UserId("u" + std::to_string(next++)), {{MovieId(movie), 0.5F}}});
    };
  }
  static std::int64_t rows(SqliteStores& stores, std::string_view sql) {
    return stores.database
        ->read([&](SqliteConnection& reader) -> Result<std::int64_t> {
          MARQUEE_TRY(auto query, reader.prepare(sql));
          MARQUEE_TRY(const bool row, query.step());
          return row ? query.i64(0) : -1;
        })
        .value();
  }

  marquee::testing::TemporaryDirectory directory_;
  MovieTable movies_;
};

TEST_F(SqliteFeedStoreTest, NeverShowsHalfAGeneration) {
  auto stores = open();
  const ModelVersion g("g");
  ASSERT_TRUE(stores->feed.put(g, lists(600, "v0")).ok());
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread reader([&] {
    while (!done) {
      const auto both = stores->database->read([](SqliteConnection& c) -> Result<std::string> {
        MARQUEE_TRY(auto query, c.prepare("SELECT count(*) || '/' || count(DISTINCT recs) "
                                          "FROM batch_recs WHERE generation = 'g'"));
        MARQUEE_TRY(const bool row, query.step());
        return row ? query.string(0) : std::string();
      });
      if (!both.ok() || *both != "600/1") ++wrong;
      const auto one = stores->feed.find(g, UserId("u599"));
      if (!one.ok() || one->size() != 1) ++wrong;
    }
  });
  for (int i = 1; i <= 8; ++i) {
    EXPECT_TRUE(stores->feed.put(g, lists(600, "v" + std::to_string(i))).ok());
  }
  done = true;
  reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(SqliteFeedStoreTest, RemovesWhatACrashLeftOfABuild) {
  {
    auto stores = open();
    ASSERT_TRUE(stores->feed.put(ModelVersion("whole"), lists(10, "a")).ok());
    ASSERT_TRUE(stores->database
                    ->write(SqliteDatabase::Sync::kNormal,
                            [](SqliteConnection& writer) {
                              return writer.execute(
                                  "INSERT INTO feed_builds VALUES(77, 'half', 0);"
                                  "INSERT INTO feed_lists VALUES(77, 'u0', '[]')");
                            })
                    .ok());
  }
  auto stores = open();
  EXPECT_EQ(*stores->feed.generations(), (std::vector<ModelVersion>{ModelVersion("whole")}));
  EXPECT_TRUE(stores->feed.find(ModelVersion("half"), UserId("u0"))->empty());
  ASSERT_TRUE(stores->feed.put(ModelVersion("half"), lists(3, "b")).ok());
  EXPECT_EQ(rows(*stores, "SELECT count(*) FROM feed_lists"), 13);
  EXPECT_EQ(rows(*stores, "SELECT count(*) FROM feed_builds"), 2);
}

TEST_F(SqliteFeedStoreTest, KeepsNoRowsOfWhatWasReplacedOrDropped) {
  auto stores = open();
  ASSERT_TRUE(stores->feed.put(ModelVersion("g"), lists(700, "a")).ok());
  ASSERT_TRUE(stores->feed.put(ModelVersion("g"), lists(5, "b")).ok());
  EXPECT_EQ(rows(*stores, "SELECT count(*) FROM feed_lists"), 5);
  ASSERT_TRUE(stores->feed.drop(ModelVersion("g")).ok());
  EXPECT_EQ(rows(*stores, "SELECT count(*) FROM feed_lists"), 0);
}

TEST_F(SqliteFeedStoreTest, LetsTheFoldInBetweenItsChunks) {
  auto stores = open();
  std::uint64_t folded = 0;
  const auto outcome =
      stores->feed.put(ModelVersion("g"), [&, next = 0]() mutable -> Result<std::optional<Row>> {
        if (next == 1'000) return std::optional<Row>();
        if (next % 400 == 0) {  // while the build is under way, on this very thread
          const auto step = marquee::testing::FoldBatchBuilder(stores->profiles).build(++folded);
          EXPECT_TRUE(stores->profiles.apply(step).ok());
        }
        return std::optional(Row{UserId("u" + std::to_string(next++)), {}});
      });
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(folded, 3U);
}

TEST_F(SqliteFeedStoreTest, NamesADamagedList) {
  auto stores = open();
  ASSERT_TRUE(stores->feed.put(ModelVersion("g"), lists(2, "a")).ok());
  ASSERT_TRUE(stores->database
                  ->write(SqliteDatabase::Sync::kNormal,
                          [](SqliteConnection& writer) {
                            return writer.execute(
                                "UPDATE feed_lists SET recs = '[{' "
                                "WHERE user_id = 'u1'");
                          })
                  .ok());
  EXPECT_TRUE(stores->feed.find(ModelVersion("g"), UserId("u0")).ok());
  const auto damaged = stores->feed.find(ModelVersion("g"), UserId("u1"));
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(damaged.error().message.find("'u1'"), std::string::npos);
}

}  // namespace
}  // namespace marquee::embedded
