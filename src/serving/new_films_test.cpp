// Goal: a film that was added by hand gets the direction of the films that it is described like.

#include "serving/new_films.h"

#include <gtest/gtest.h>

#include "testing/cosine.h"
#include "testing/event_builder.h"

namespace marquee::serving {
namespace {

using testing::test_movie;
using Features = std::vector<std::string>;

/// Ten dramas that point one way, ten comedies that point another; the model knows them all.
class NewFilmsTest : public ::testing::Test {
 protected:
  NewFilmsTest() {
    models::FactorTable items{2, {}, {}};
    for (int i = 0; i < 20; ++i) {
      const bool drama = i < 10;
      const std::string id = "m" + std::to_string(100 + i);
      films_.push_back(
          test_movie(id, drama ? "Tears" : "Laughter", 1990, {drama ? "Drama" : "Comedy"}));
      items.ids.push_back(id);
      items.values.insert(items.values.end(), {drama ? 1.0F : 0.1F, drama ? 0.1F : 1.0F});
    }
    models::IalsParameters parameters;
    parameters.rank = 2;
    generation_ = make_generation(
        std::make_shared<const models::FactorModel>(*models::FactorModel::make(
            ModelVersion("als_20250101_0000"), parameters, std::move(items), {2, {}, {}})),
        movies_);
  }
  void add(const std::string& id, const std::string& title, Features genres) {
    films_.push_back(test_movie(id, title, 2025, std::move(genres)));
    films_.back().added_at_ms = 1'700'000'000'000;
  }
  std::vector<retrieval::NewFilm> find() {
    const auto catalog = make_catalog(films_, movies_);
    return new_films(*generation_, *catalog, FilmDescriptions(generation_, catalog));
  }

  MovieTable movies_;
  std::vector<Movie> films_;
  std::shared_ptr<const Generation> generation_;
};

TEST_F(NewFilmsTest, PointWhereFilmsOfTheirKindPoint) {
  add("new-drama", "Unheard Of", {"Drama"});
  add("new-word", "Laughter Again", {});
  const auto films = find();
  ASSERT_EQ(films.size(), 2U);
  const std::vector<float> to_drama{1, -1}, to_comedy{-1, 1};
  EXPECT_EQ(films[0].movie, *movies_.find("new-drama"));
  EXPECT_GT(testing::cosine(films[0].direction, to_drama), 0.9);
  EXPECT_GT(testing::cosine(films[1].direction, to_comedy), 0.9) << "by the word in its title";
  EXPECT_EQ(films[0].added_at_ms, 1'700'000'000'000);
}

TEST_F(NewFilmsTest, AreNoneThatAreKnownOrHidden) {
  add("withdrawn", "Tears", {"Drama"});
  films_.back().hidden = true;
  films_[3].added_at_ms = 1'700'000'000'000;  // changed by hand, and in the model
  EXPECT_TRUE(find().empty());
}

TEST_F(NewFilmsTest, PointNowhereWhenImportedOrLikeNothing) {
  add("strange", "Zzz", {"Unknown genre"});
  films_.push_back(test_movie("imported", "Tears", 1990, {"Drama"}));
  const auto films = find();
  ASSERT_EQ(films.size(), 2U);
  EXPECT_TRUE(films[0].direction.empty());
  EXPECT_TRUE(films[1].direction.empty());
}

}  // namespace
}  // namespace marquee::serving
