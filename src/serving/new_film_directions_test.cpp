// Goal: a film that nobody knew yesterday points where the taste of its first viewers points.

#include "serving/new_film_directions.h"

#include <gtest/gtest.h>

#include "serving/cascade_fixture.h"
#include "testing/cosine.h"

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
    const auto films = directions_.get(pinned_);
    for (std::size_t n = 0; n < films->size(); ++n) {
      retrieval::NewFilm found = (*films)[n];
      if (found.movie != key(film)) continue;
      found.direction.assign(films->direction(n).begin(), films->direction(n).end());
      return found;
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
  EXPECT_GT(testing::cosine(look(37).direction, vector_of({1, 2, 3})), 0.5);
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
  EXPECT_NEAR(testing::cosine(direction, expected), 1.0, 1e-5);
  EXPECT_NEAR(testing::cosine(direction, direction), 1.0, 1e-5);
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

/// Goes on by a millisecond whenever it is asked.
class TickingClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(++ticks_)) + rest_;
  }
  std::int64_t wall_ms() const override { return 0; }
  void rest(std::chrono::milliseconds time) { rest_ += time; }
  int ticks() const { return ticks_; }

 private:
  mutable int ticks_ = 0;
  std::chrono::milliseconds rest_{0};
};

TEST_F(NewFilmDirectionsTest, ALookThatTakesLongGoesOnWithTheNext) {
  std::vector<retrieval::NewFilm> films;
  for (const int film : {33, 34, 35, 36, 37}) films.push_back({key(film), 0, {}, false});
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(films);
  for (const char* id : {"a", "b", "c"}) viewer(id, {1, 2, 33, 34, 35, 36, 37});
  TickingClock clock;
  const NewFilmDirections directions(state_, clock, options_.history, 300ms);
  EXPECT_EQ(directions.get(pinned_)->size(), 2U);
  EXPECT_EQ(directions.get(pinned_)->size(), 2U) << "within the refresh";
  for (const std::size_t pointing : {4U, 5U}) {
    clock.rest(1s);
    EXPECT_EQ(directions.get(pinned_)->size(), pointing);
  }
  const int ticks = clock.ticks();
  clock.rest(1s);
  EXPECT_EQ(directions.get(pinned_)->size(), 5U);
  EXPECT_EQ(clock.ticks(), ticks) << "all were looked at, and nothing has changed since";

  films.push_back({key(38), 0, {}, false});
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(films);
  EXPECT_EQ(directions.get(pinned_)->size(), 5U) << "the catalogue was edited, the model stands";
  auto next = std::make_shared<Generation>(*pinned_.generation);
  next->model = std::make_shared<const models::FactorModel>(*next->model);
  pinned_.generation = next;
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(films);
  EXPECT_EQ(directions.get(pinned_)->size(), 2U) << "vectors of another model say nothing here";
}

}  // namespace
}  // namespace marquee::serving
