#include "adapters/embedded/sqlite/survey.h"

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/stores.h"
#include "testing/event_builder.h"
#include "testing/fold_batch_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::FoldBatchBuilder;
using testing::test_movie;

TEST(StoreSurvey, CountsWhatTheStoresHold) {
  const testing::TemporaryDirectory directory;
  MovieTable movies;
  auto opened =
      SqliteStores::open(directory.path() / "marquee.db", movies, SqliteDatabase::Mode::kReadWrite);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  SqliteStores& stores = **opened;
  const auto empty = survey_stores(*stores.database);
  ASSERT_TRUE(empty.ok()) << empty.error().message;
  EXPECT_EQ(empty->viewers + empty->films + empty->events + empty->dead_letters, 0U);

  Movie hidden = test_movie("m4", "Hidden", std::nullopt, {});
  hidden.hidden = true;
  ASSERT_TRUE(stores.catalog
                  .upsert(std::vector{test_movie("m1"), test_movie("m2", "No year", std::nullopt),
                                      test_movie("m3", "No genres", 1999, {}), hidden})
                  .ok());
  FoldBatchBuilder batch(stores.profiles);
  batch.apply(EventBuilder("u1", "m1").id(1), 0, 0).apply(EventBuilder("u1", "m9").id(2), 1, 1);
  batch.apply(EventBuilder("u2", "m9").id(3), 0, 2).apply(EventBuilder("u2", "m8").id(4), 1, 3);
  batch.profile("u1", UserProfile{}).profile("u2", UserProfile{});
  batch.dead_letter(EventBuilder("u3", "m1").id(5), 4, "no reason");
  ASSERT_TRUE(stores.profiles.apply(batch.build(5)).ok());

  const auto survey = survey_stores(*stores.database);
  ASSERT_TRUE(survey.ok()) << survey.error().message;
  EXPECT_EQ(survey->viewers, 2U);
  EXPECT_EQ(survey->films, 3U);
  EXPECT_EQ(survey->films_without_genres, 1U);
  EXPECT_EQ(survey->films_without_year, 1U);
  EXPECT_EQ(survey->events, 4U);
  EXPECT_EQ(survey->films_unknown, 2U) << "m8 and m9, each once";
  EXPECT_EQ(survey->dead_letters, 1U);
}

}  // namespace
}  // namespace marquee::embedded
