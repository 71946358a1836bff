// Goal: a viewer whose only liked films are strange to the model still gets a list that follows
// them.

#include "serving/described_taste.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/cascade_fixture.h"
#include "serving/reasons.h"
#include "testing/cosine.h"

namespace marquee::serving {
namespace {

/// The model knows the films below 35; 36 is a drama, 37 a comedy.
class DescribedTasteTest : public CascadeTest {
 protected:
  std::vector<float> taste(const UserProfile& profile,
                           const std::vector<retrieval::NewFilm>& directions = {}) const {
    return described_taste(profile, pinned_, retrieval::NewFilms(directions), options_.history);
  }
  std::vector<float> described(int film) { return pinned_.descriptions->direction_of(key(film)); }
};

TEST_F(DescribedTasteTest, IsTheDescriptionOfTheOnlyLikedFilm) {
  EXPECT_EQ(taste(*who_likes({36})), described(36));
  EXPECT_TRUE(taste(UserProfile{}).empty());
}

TEST_F(DescribedTasteTest, IsWhatTheFirstViewersSayWhereThereAreEnough) {
  EXPECT_EQ(taste(*who_likes({36}), {{key(36), 0, {0, 2, 0, 0}, true}}),
            (std::vector<float>{0, 1, 0, 0}));
}

TEST_F(DescribedTasteTest, WeighsWhatWasLikedLastMost) {
  const std::vector<retrieval::NewFilm> directions{{key(36), 0, {1, 0, 0, 0}, true},
                                                   {key(37), 0, {0, 1, 0, 0}, true}};
  options_.history.decay = 0.5;
  options_.history.floor = 0.3;
  EXPECT_EQ(taste(*who_likes({36, 37}), directions), (std::vector<float>{0.5F, 1, 0, 0}));
  options_.history.decay = 0.1;
  EXPECT_EQ(taste(*who_likes({37, 36}), directions), (std::vector<float>{1, 0.3F, 0, 0}));
}

TEST_F(DescribedTasteTest, AFilmTurnedAgainstSaysNothing) {
  auto profile = std::make_shared<UserProfile>(*who_likes({36}));
  profile->recent.push_back({key(36), EventType::kDislike, std::nullopt, 0, 1});
  EXPECT_TRUE(taste(*profile).empty());
}

TEST_F(DescribedTasteTest, MovesTheFirstListOfAViewer) {
  const auto popular = ids_of(cascade_.build(pinned_, request(10)));
  const CascadeList drama = cascade_.build(pinned_, request(10, who_likes({36})));
  const CascadeList comedy = cascade_.build(pinned_, request(10, who_likes({37})));
  EXPECT_EQ(drama.source, Source::kRealtime);
  EXPECT_EQ(drama.personal, 10U);
  EXPECT_NE(ids_of(drama), popular);
  EXPECT_NE(ids_of(drama), ids_of(comedy));
  const auto best = pinned_.generation->model->items().row(
      *pinned_.generation->row_of(drama.items.front().movie));
  EXPECT_GT(testing::cosine(best, described(36)), 0);
}

TEST_F(DescribedTasteTest, IsForgottenOnceTheModelKnowsAFilmThatIsLiked) {
  EXPECT_EQ(ids_of(cascade_.build(pinned_, request(10, who_likes({36, 5})))),
            ids_of(cascade_.build(pinned_, request(10, who_likes({5, 36})))));
  EXPECT_TRUE(cascade_.build(pinned_, request(10, who_likes({36, 5}))).history.direction.empty());
}

TEST_F(DescribedTasteTest, IsSaidToBeTheReason) {
  const CascadeList built = cascade_.build(pinned_, request(3, who_likes({36})));
  RecommendationList list;
  for (const Candidate& item : built.items) list.items.push_back({item.movie, item.score, 0, {}});
  add_reasons(pinned_, built, nullptr, list);
  EXPECT_EQ(list.items.front().reason, "Like what you chose");
}

TEST_F(DescribedTasteTest, OfAFilmThatSharesNothingWithAnyIsNone) {
  std::vector<Movie> films{testing::test_movie("f01", "Known", 1960, {"Drama"}),
                           testing::test_movie("odd", "Zzz", std::nullopt, {"Odd"})};
  pinned_.view = std::make_shared<const CatalogView>(make_catalog(films, movies_));
  pinned_.descriptions =
      std::make_shared<const FilmDescriptions>(pinned_.generation, pinned_.view->catalog);
  UserProfile profile;
  profile.recent.push_back({*movies_.find("odd"), EventType::kLike, std::nullopt, 0, 0});
  EXPECT_TRUE(taste(profile).empty());
}

}  // namespace
}  // namespace marquee::serving
