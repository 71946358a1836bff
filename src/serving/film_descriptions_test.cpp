// Goal: what is said of a film points where the model's films of the same kind point.

#include "serving/film_descriptions.h"

#include <thread>

#include <gtest/gtest.h>

#include "serving/cascade_fixture.h"
#include "testing/cosine.h"

namespace marquee::serving {
namespace {

using testing::test_movie;
using Features = std::vector<std::string>;

TEST(FeaturesOf, AreGenresDecadeAndLongerWordsEachOnce) {
  EXPECT_EQ(features_of(test_movie("m", "The Père of the père", 1999, {"War", "Drama"})),
            (Features{"decade 199", "genre Drama", "genre War", "word pere", "word the"}));
  EXPECT_EQ(features_of(test_movie("m", "2 of", std::nullopt, {})), Features{});
}

/// Of the fixture's films the even ones are dramas, the odd ones comedies; the model knows 35.
class FilmDescriptionsTest : public CascadeTest {
 protected:
  const FilmDescriptions descriptions_{pinned_.generation, pinned_.view->catalog};
};

TEST_F(FilmDescriptionsTest, AreThePriorOfTheModelsFilms) {
  models::ContentPrior prior(4);
  for (int film = 0; film < kModelled; ++film) {
    prior.add(features_of(*pinned_.view->catalog->find(key(film))),
              pinned_.generation->model->items().row(*pinned_.generation->row_of(key(film))));
  }
  for (const int film : {3, 36, 37}) {
    EXPECT_EQ(descriptions_.direction_of(key(film)),
              prior.direction_of(features_of(*pinned_.view->catalog->find(key(film)))));
  }
  EXPECT_FALSE(descriptions_.direction_of(key(36)).empty());
}

TEST_F(FilmDescriptionsTest, SayNothingOfWhatIsNoFilm) {
  EXPECT_TRUE(descriptions_.direction_of(movies_.intern(MovieId("no-film"))).empty());
  EXPECT_TRUE(descriptions_.direction_of(1'000'000).empty());
}

TEST_F(FilmDescriptionsTest, AreTheSameForAllWhoAskAtOnce) {
  std::vector<std::vector<float>> answers(4);
  std::vector<std::jthread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] { answer = descriptions_.direction_of(key(36)); });
  }
  threads.clear();
  for (const auto& answer : answers) EXPECT_EQ(answer, answers.front());
}

}  // namespace
}  // namespace marquee::serving
