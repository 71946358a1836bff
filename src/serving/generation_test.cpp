// Goal: a model and a catalogue that do not hold the same films still serve together, and what a
// request needs of them is computed right, once.

#include "serving/generation.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/cascade_fixture.h"

namespace marquee::serving {
namespace {

using testing::test_movie;

std::shared_ptr<const models::FactorModel> model_of(const std::vector<std::string>& ids) {
  models::FactorTable items{2, ids, {}};
  for (std::size_t row = 0; row < ids.size(); ++row) {
    items.values.push_back(static_cast<float>(row + 1));
    items.values.push_back(1);
  }
  models::IalsParameters parameters;
  parameters.rank = 2;
  return std::make_shared<const models::FactorModel>(
      *models::FactorModel::make(ModelVersion("als_x"), parameters, std::move(items), {2, {}, {}}));
}

std::vector<std::string> ids_by_id(const CatalogView& view) {
  std::vector<std::string> ids;
  for (const MovieKey key : view.by_id) ids.push_back(view.catalog->find(key)->id.value());
  return ids;
}

TEST(Generation, FindsEveryItemRowByKeyAndTheKeyByRow) {
  MovieTable movies;
  movies.intern(MovieId("only in events"));
  const auto generation = make_generation(model_of({"a", "b", "c"}), movies);
  ASSERT_GE(generation->row_of_key.size(), 4U);
  EXPECT_EQ(generation->row_of_key[0], -1) << "a film the model lacks";
  const auto best = generation->search->search(std::vector<float>{1, 0}, 3, {});
  ASSERT_TRUE(best.ok());
  ASSERT_EQ(best->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const MovieKey key = (*best)[i].movie;
    EXPECT_EQ(movies.id_of(key).value(), std::string(1, static_cast<char>('c' - i)));
    EXPECT_EQ(generation->row_of_key[key], static_cast<std::int32_t>(2 - i));
  }
}

TEST(Generation, AFilmThatComesAfterTheModelHasNoRow) {
  MovieTable movies;
  const auto generation = make_generation(model_of({"a"}), movies);
  const MovieKey late = movies.intern(MovieId("late"));
  EXPECT_GE(late, generation->row_of_key.size()) << "readers must look at the size first";
}

TEST(Generation, OfAModelWithoutItemsFindsNothing) {
  MovieTable movies;
  const auto generation = make_generation(model_of({}), movies);
  EXPECT_TRUE(generation->search->search(std::vector<float>{1, 0}, 3, {})->empty());
}

TEST(Catalog, CountsWhatIsNotHiddenAndKeepsHiddenFilmsFindable) {
  MovieTable movies;
  movies.intern(MovieId("only in events"));
  auto hidden = test_movie("b");
  hidden.hidden = true;
  const auto catalog = make_catalog({test_movie("c"), hidden, test_movie("a")}, movies);
  EXPECT_EQ(catalog->size, 2U);
  EXPECT_EQ(catalog->find(0), nullptr) << "no film of the catalogue";
  EXPECT_EQ(catalog->find(999), nullptr);
  ASSERT_NE(catalog->find(*movies.find("b")), nullptr);
  EXPECT_TRUE(catalog->find(*movies.find("b"))->hidden);
}

TEST(Catalog, OfNothingIsEmpty) {
  MovieTable movies;
  EXPECT_EQ(make_catalog({}, movies)->size, 0U);
  const CatalogView view(make_catalog({}, movies));
  EXPECT_TRUE(view.by_id.empty());
  EXPECT_FALSE(view.servable.contains(0));
}

RC_GTEST_PROP(CatalogView, ListsWhatMayBeServedOnceInOrderOfId,
              (const std::map<std::uint8_t, bool>& films)) {
  MovieTable movies;
  std::vector<Movie> listed;
  std::vector<std::string> wanted;
  for (const auto& [number, hidden] : films) {
    listed.insert(listed.begin(), test_movie(std::to_string(number)));  // not in order of id
    listed.front().hidden = hidden;
    if (!hidden) wanted.push_back(std::to_string(number));
    if (number % 3 == 0) movies.intern(MovieId("stranger " + std::to_string(number)));
  }
  std::sort(wanted.begin(), wanted.end());
  const CatalogView view(make_catalog(listed, movies));
  RC_ASSERT(ids_by_id(view) == wanted);
  RC_ASSERT(view.catalog->size == wanted.size());
  for (MovieKey key = 0; key < movies.size(); ++key) {
    const Movie* film = view.catalog->find(key);
    RC_ASSERT(view.servable.contains(key) == (film != nullptr && !film->hidden));
    if (film != nullptr) RC_ASSERT(view.page_tag[key] == page_tag_of(film->id));
  }
}

class MixedCatalogTest : public CascadeTest {
 protected:
  CascadeList ask() { return cascade_.build(pinned_, request(100, who_likes({5, 6, 7}))); }
};

TEST_F(MixedCatalogTest, FilmsThatOnlyTheModelKnowsAreNeverListed) {
  std::vector<Movie> half;
  for (int i = 0; i < 20; ++i) half.push_back(test_movie(id_of(i)));
  pinned_.view = std::make_shared<const CatalogView>(make_catalog(half, movies_));
  const auto ids = ids_of(ask());
  EXPECT_EQ(ids.size(), 17U) << "twenty but for the three that were met";
  for (const std::string& id : ids) EXPECT_LT(id, id_of(20));
}

TEST_F(MixedCatalogTest, FilmsThatTheModelLacksAreListedBelowThePersonalOnes) {
  const CascadeList list = ask();
  ASSERT_EQ(list.items.size(), static_cast<std::size_t>(kFilms - 1 - 3));
  EXPECT_EQ(list.personal, static_cast<std::size_t>(kModelled - 3));
  const auto ids = ids_of(list);
  const std::set<std::string> rest(ids.end() - 4, ids.end());
  EXPECT_EQ(rest, (std::set<std::string>{"f35", "f36", "f37", "f38"}));
}

TEST_F(MixedCatalogTest, AnEventOnAFilmNobodyKnowsDoesNotDisturb) {
  auto profile = std::make_shared<UserProfile>(*who_likes({5}));
  const MovieKey stranger = movies_.intern(MovieId("stranger"));
  profile->recent.push_back({stranger, EventType::kLike, std::nullopt, 0, 1});
  profile->state_of(stranger).seen = 1;
  EXPECT_EQ(cascade_.build(pinned_, request(10, profile)).items,
            cascade_.build(pinned_, request(10, who_likes({5}))).items);
}

}  // namespace
}  // namespace marquee::serving
