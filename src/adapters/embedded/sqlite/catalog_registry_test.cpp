// The catalogue and the model registry across restarts, with hostile text and failing writes.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "adapters/embedded/sqlite/stores.h"
#include "base/json_writer.h"
#include "base/rng.h"
#include "testing/event_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::test_movie;

class SqliteTruthsTest : public ::testing::Test {
 protected:
  void reopen() {
    stores_.reset();
    stores_ = SqliteStores::open(path_, movies_, SqliteDatabase::Mode::kReadWrite).value();
  }
  Result<void> change(const char* sql) {
    return stores_->database->write(SqliteDatabase::Sync::kFull,
                                    [&](SqliteConnection& writer) { return writer.execute(sql); });
  }
  ModelRegistry& models() { return stores_->models; }
  CatalogStore& catalog() { return stores_->catalog; }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
  MovieTable movies_;
  std::unique_ptr<SqliteStores> stores_ =
      SqliteStores::open(path_, movies_, SqliteDatabase::Mode::kReadWrite).value();
};

struct SqliteCatalogStoreTest : SqliteTruthsTest {};
struct SqliteModelRegistryTest : SqliteTruthsTest {};

RC_GTEST_FIXTURE_PROP(SqliteCatalogStoreTest, GivesBackEveryFilmWhateverItIsCalled,
                      (const std::vector<std::string>& texts, std::uint64_t seed)) {
  Rng rng(seed);
  std::vector<Movie> wanted;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!is_valid_utf8(texts[i])) continue;  // the catalogue's readers see to that
    Movie movie = test_movie("m" + std::to_string(1'000 + i), texts[i], std::nullopt, {});
    if (rng.below(2) == 0) movie.year = static_cast<int>(rng.below(4'000)) - 1'000;
    for (std::uint64_t k = rng.below(3); k > 0; --k) movie.genres.push_back(texts[i]);
    movie.hidden = rng.below(2) == 0;
    wanted.push_back(std::move(movie));
  }
  RC_ASSERT(catalog().upsert(wanted).ok());
  RC_ASSERT(*catalog().load() == wanted);
}

TEST_F(SqliteCatalogStoreTest, KeepsHostileTitlesGenresAndMetadataAcrossARestart) {
  const std::string hostile = "'); DROP TABLE movies; -- \"\\ \n\t é 愛 🎬 %s {}";
  Movie movie = test_movie("m1", hostile, 1999, {hostile, ""});
  movie.metadata = R"({"imdb_id":"tt'1\""})";
  ASSERT_TRUE(catalog().upsert(std::vector{movie}).ok());
  reopen();
  EXPECT_EQ(*catalog().load(), std::vector{movie});
}

TEST_F(SqliteCatalogStoreTest, ListsFilmsByIdHoweverTheyCame) {
  ASSERT_TRUE(catalog().upsert(std::vector{test_movie("b"), test_movie("a")}).ok());
  ASSERT_TRUE(catalog().upsert(std::vector{test_movie("10"), test_movie("9")}).ok());
  const auto films = *catalog().load();
  EXPECT_TRUE(std::ranges::is_sorted(films, {}, [](const Movie& movie) { return movie.id; }));
  EXPECT_EQ(films.size(), 4U);
}

TEST_F(SqliteCatalogStoreTest, ALaterUpsertReplacesEveryField) {
  ASSERT_TRUE(catalog().upsert(std::vector{test_movie("m", "Old", 1990, {"Drama", "War"})}).ok());
  ASSERT_TRUE(catalog().hide(MovieId("m")).ok());
  const Movie later = test_movie("m", "New", std::nullopt, {});
  ASSERT_TRUE(catalog().upsert(std::vector{later}).ok());
  EXPECT_EQ(*catalog().load(), std::vector{later}) << "shown again, too";
}

TEST_F(SqliteCatalogStoreTest, StoresAllFilmsOfOneCallOrNone) {
  ASSERT_TRUE(change("CREATE TRIGGER injected BEFORE INSERT ON movies WHEN new.movie_id = 'm2' "
                     "BEGIN SELECT RAISE(ABORT, 'injected'); END")
                  .ok());
  EXPECT_FALSE(catalog().upsert(std::vector{test_movie("m1"), test_movie("m2")}).ok());
  EXPECT_TRUE(catalog().load()->empty());
}

TEST_F(SqliteCatalogStoreTest, NamesTheFilmWhoseGenresAreDamaged) {
  ASSERT_TRUE(catalog().upsert(std::vector{test_movie("m1"), test_movie("m2")}).ok());
  for (const char* damage : {"UPDATE movies SET genres = '[\"Dra' WHERE movie_id = 'm2'",
                             "UPDATE movies SET genres = '{}' WHERE movie_id = 'm2'",
                             "UPDATE movies SET genres = '[1]' WHERE movie_id = 'm2'"}) {
    ASSERT_TRUE(change(damage).ok());
    const auto films = catalog().load();
    ASSERT_FALSE(films.ok());
    EXPECT_EQ(films.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(films.error().message.find("film 'm2'"), std::string::npos);
  }
}

TEST_F(SqliteCatalogStoreTest, RemembersTheDatasetAcrossARestart) {
  EXPECT_EQ(*catalog().dataset(), "");
  ASSERT_TRUE(catalog().set_dataset("ml-latest-small").ok());
  ASSERT_TRUE(catalog().set_dataset("it's another").ok());
  reopen();
  EXPECT_EQ(*catalog().dataset(), "it's another");
}

ModelRecord model(const std::string& version, std::int64_t created_at_ms = 1) {
  return ModelRecord{ModelVersion(version), created_at_ms, "{}", std::nullopt};
}

TEST_F(SqliteModelRegistryTest, TheModelInServiceIsThereAgainAfterARestart) {
  for (const char* version : {"a", "b"}) ASSERT_TRUE(models().add(model(version)).ok());
  ASSERT_TRUE(models().promote(ModelVersion("a"), 10).ok());
  ASSERT_TRUE(models().promote(ModelVersion("b"), 20).ok());
  reopen();
  EXPECT_EQ(*models().current(), ModelVersion("b"));
  EXPECT_EQ(*models().previous(), ModelVersion("a"));
}

TEST_F(SqliteModelRegistryTest, APromoteThatFailsMovesNeitherPointer) {
  for (const char* version : {"a", "b"}) ASSERT_TRUE(models().add(model(version)).ok());
  ASSERT_TRUE(models().promote(ModelVersion("a"), 10).ok());
  EXPECT_EQ(models().promote(ModelVersion("none"), 20).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(change("CREATE TRIGGER injected BEFORE UPDATE ON model_pointers "
                     "BEGIN SELECT RAISE(ABORT, 'injected'); END")
                  .ok());
  EXPECT_FALSE(models().promote(ModelVersion("b"), 30).ok());
  EXPECT_EQ(*models().current(), ModelVersion("a"));
  EXPECT_EQ(*models().previous(), std::nullopt);
  const auto listed = models().list().value();
  for (const ModelRecord& record : listed) {
    EXPECT_EQ(record.promoted_at_ms.has_value(), record.version == ModelVersion("a"));
  }
}

TEST_F(SqliteModelRegistryTest, AddingAModelAgainKeepsThatItWasPromoted) {
  ASSERT_TRUE(models().add(model("a", 1)).ok());
  ASSERT_TRUE(models().promote(ModelVersion("a"), 10).ok());
  ModelRecord again = model("a", 2);
  again.manifest = R"({"seed":"it's"})";
  ASSERT_TRUE(models().add(again).ok());
  const auto listed = *models().list();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].promoted_at_ms, 10);
  EXPECT_EQ(listed[0].created_at_ms, 2);
  EXPECT_EQ(listed[0].manifest, again.manifest);
}

TEST_F(SqliteModelRegistryTest, ListsTheNewestFirstAndEqualTimesByVersion) {
  ASSERT_TRUE(models().add(model("a", 5)).ok());
  ASSERT_TRUE(models().add(model("c", 5)).ok());
  ASSERT_TRUE(models().add(model("b", 9)).ok());
  std::vector<std::string> versions;
  const auto listed = models().list().value();
  for (const ModelRecord& record : listed) versions.push_back(record.version.value());
  EXPECT_EQ(versions, (std::vector<std::string>{"b", "c", "a"}));
}

RC_GTEST_FIXTURE_PROP(SqliteModelRegistryTest, PointersFollowEveryPromotion, (std::uint64_t seed)) {
  Rng rng(seed);
  std::optional<ModelVersion> current, previous;
  for (int i = 0; i < 4; ++i) RC_ASSERT(models().add(model(std::to_string(i))).ok());
  for (std::int64_t at = 0; at < 10; ++at) {
    const ModelVersion next(std::to_string(rng.below(4)));
    RC_ASSERT(models().promote(next, at).ok());
    if (next != current) previous = std::exchange(current, next);
    RC_ASSERT(*models().current() == current);
    RC_ASSERT(*models().previous() == previous);
  }
}

}  // namespace
}  // namespace marquee::embedded
