// Goal: a film that nobody knew yesterday points where the taste of its first viewers points.

#include "serving/new_film_directions.h"

#include <gtest/gtest.h>

#include "models/content_prior.h"
#include "serving/cascade_fixture.h"

namespace marquee::serving {
namespace {

using namespace std::chrono_literals;

class NewFilmDirectionsTest : public CascadeTest {
 protected:
  NewFilmDirectionsTest() {
    films_ =
        std::make_shared<const std::vector<retrieval::NewFilm>>(std::vector<retrieval::NewFilm>{
            {key(36), 1, {0, 0, 0, 1}, false}, {key(37), 0, {}, false}});
    pinned_.new_films = films_;
  }
  void viewer(const std::string& id, const std::vector<int>& likes) {
    state_.put(id, *who_likes(likes));
    state_.count({key(0), 20'000, 1});  // an event moves the counts
  }
  std::vector<float> vector_of(const std::vector<int>& likes) {
    const auto history =
        retrieval::live_history(*who_likes(likes), pinned_.generation->row_of_key, {});
    return *models::fold_in(*pinned_.generation->model,
                            retrieval::weighted_items(history.positives));
  }

  /// As it stands; one without a direction when it is left out.
  retrieval::NewFilm look(int film) {
    for (const retrieval::NewFilm& found : *directions_.get(pinned_)) {
      if (found.movie == key(film)) return found;
    }
    return {};
  }

  std::shared_ptr<const std::vector<retrieval::NewFilm>> films_;
  NewFilmDirections directions_{state_, clock_, options_.history, 300ms};
};

TEST_F(NewFilmDirectionsTest, AreTheDescriptionsUntilThreeViewersLikeTheFilm) {
  viewer("a", {1, 2, 37});
  viewer("b", {1, 3, 37});
  const auto films = directions_.get(pinned_);
  EXPECT_EQ(look(36).direction, (std::vector<float>{0, 0, 0, 1}));
  EXPECT_TRUE(look(37).direction.empty());

  viewer("c", {2, 3, 37});
  EXPECT_EQ(directions_.get(pinned_), films) << "not looked at again within the refresh";
  clock_.advance(1s);
  ASSERT_EQ(look(37).direction.size(), 4U);
  EXPECT_TRUE(look(37).has_viewers);
  EXPECT_FALSE(look(36).has_viewers);
  EXPECT_GT(models::cosine(look(37).direction, vector_of({1, 2, 3})), 0.5F);
}

TEST_F(NewFilmDirectionsTest, AreTheSolveOfTheTrainingWithRolesSwapped) {
  for (const char* id : {"a", "b", "c", "d"}) viewer(id, {id[0] - 'a', 9, 36});
  std::vector<float> vectors;
  for (int film = 0; film < 4; ++film) {
    const auto vector = vector_of({film, 9});
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  const auto expected =
      *models::fold_in_item(*pinned_.generation->model, pinned_.generation->user_gramian, vectors);
  const auto direction = look(36).direction;
  EXPECT_NEAR(models::cosine(direction, expected), 1.0F, 1e-5F);
  EXPECT_NEAR(models::cosine(direction, direction), 1.0F, 1e-5F);
}

TEST_F(NewFilmDirectionsTest, AnUndoneLikeLeavesTheFilmToItsDescription) {
  for (const char* id : {"a", "b", "c"}) viewer(id, {1, 2, 36});
  EXPECT_TRUE(look(36).has_viewers);
  viewer("c", {1, 2});
  clock_.advance(1s);
  EXPECT_FALSE(look(36).has_viewers);
}

TEST_F(NewFilmDirectionsTest, AFilmReachesViewersLikeItsFirstOnes) {
  for (const char* id : {"a", "b", "c"}) viewer(id, {5, 6, 37});
  clock_.advance(1s);
  const auto ids = ids_of(cascade_.build(pinned_, request(12, who_likes({5, 6}))));
  EXPECT_EQ(ids[4], "f37") << "the place of new films";
}

TEST_F(NewFilmDirectionsTest, ViewersOfWhomNothingElseIsKnownSayNothing) {
  for (const char* id : {"a", "b", "c"}) viewer(id, {37});
  EXPECT_FALSE(look(37).has_viewers);
}

}  // namespace
}  // namespace marquee::serving
