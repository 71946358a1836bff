#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "ports/catalog_store.h"
#include "testing/event_builder.h"

namespace marquee::testing {

/// What every CatalogStore must do. `Harness` is default-constructible with an empty store and has
///   CatalogStore& store();
template <typename Harness>
class CatalogStoreContract : public ::testing::Test {
 protected:
  CatalogStore& store() { return harness_.store(); }

  Harness harness_;
};

TYPED_TEST_SUITE_P(CatalogStoreContract);

TYPED_TEST_P(CatalogStoreContract, StartsEmptyAndUnnamed) {
  EXPECT_TRUE(this->store().load()->empty());
  EXPECT_EQ(*this->store().dataset(), "");
}

TYPED_TEST_P(CatalogStoreContract, GivesBackEveryFieldInOrderOfId) {
  Movie rich = test_movie("m2", "Amélie \"Poulain\" '; DROP TABLE movies --\n\xE2\x98\x85", 2001,
                          {"Comedy", "Sci-Fi & \"Fantasy\"", "(none)"});
  rich.hidden = true;
  rich.metadata = R"({"imdb_id":"tt0211915","tags":["a","b"]})";
  rich.added_at_ms = 1'735'689'600'123;
  const Movie bare = test_movie("m10", "", std::nullopt, {});
  ASSERT_TRUE(this->store().upsert(std::vector<Movie>{rich, bare}).ok());
  EXPECT_EQ(*this->store().load(), (std::vector<Movie>{bare, rich})) << "'m10' sorts before 'm2'";
}

TYPED_TEST_P(CatalogStoreContract, ReplacesAFilmAndKeepsTheOthers) {
  ASSERT_TRUE(this->store().upsert(std::vector{test_movie("m1"), test_movie("m2")}).ok());
  const Movie changed = test_movie("m1", "Another Title", 2005, {"War"});
  ASSERT_TRUE(this->store().upsert(std::vector{changed}).ok());
  EXPECT_EQ(*this->store().load(), (std::vector<Movie>{changed, test_movie("m2")}));
}

TYPED_TEST_P(CatalogStoreContract, KeepsWhenAFilmWasAdded) {
  Movie added = test_movie("m1");
  added.added_at_ms = 1'000;
  ASSERT_TRUE(this->store().upsert(std::vector{added, test_movie("m2")}).ok());
  Movie changed = test_movie("m1", "Another Title");
  changed.added_at_ms = 2'000;
  Movie edited = test_movie("m2", "Edited");
  edited.added_at_ms = 2'000;
  ASSERT_TRUE(this->store().upsert(std::vector{changed, edited}).ok());
  const auto movies = *this->store().load();
  EXPECT_EQ(movies[0].title, "Another Title");
  EXPECT_EQ(movies[0].added_at_ms, 1'000);
  EXPECT_EQ(movies[1].added_at_ms, 0) << "a film of a data set stays one";
}

TYPED_TEST_P(CatalogStoreContract, HidesAFilm) {
  ASSERT_TRUE(this->store().upsert(std::vector{test_movie("m1"), test_movie("m2")}).ok());
  ASSERT_TRUE(this->store().hide(MovieId("m2")).ok());
  ASSERT_TRUE(this->store().hide(MovieId("m2")).ok());
  const auto movies = this->store().load();
  EXPECT_FALSE((*movies)[0].hidden);
  EXPECT_TRUE((*movies)[1].hidden);
}

TYPED_TEST_P(CatalogStoreContract, SaysThatAnUnknownFilmCannotBeHidden) {
  const auto outcome = this->store().hide(MovieId("m404"));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
}

TYPED_TEST_P(CatalogStoreContract, RemembersWhereTheFilmsComeFrom) {
  ASSERT_TRUE(this->store().set_dataset("MovieLens ml-latest-small").ok());
  ASSERT_TRUE(this->store().set_dataset("synthetic").ok());
  EXPECT_EQ(*this->store().dataset(), "synthetic");
}

REGISTER_TYPED_TEST_SUITE_P(CatalogStoreContract, StartsEmptyAndUnnamed,
                            GivesBackEveryFieldInOrderOfId, ReplacesAFilmAndKeepsTheOthers,
                            KeepsWhenAFilmWasAdded, HidesAFilm, SaysThatAnUnknownFilmCannotBeHidden,
                            RemembersWhereTheFilmsComeFrom);

}  // namespace marquee::testing
