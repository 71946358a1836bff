#include "serving/similar_films.h"

#include <map>

#include <gtest/gtest.h>

namespace marquee::serving {
namespace {

/// Films "a" … "f"; the model knows a, b, c and the withdrawn d.
class SimilarFilms : public ::testing::Test {
 protected:
  SimilarFilms() {
    std::vector<Movie> films;
    const auto add = [&films](const char* id, std::vector<std::string> genres) {
      Movie film;
      film.id = MovieId(id);
      film.title = id;
      film.genres = std::move(genres);
      films.push_back(std::move(film));
    };
    add("a", {"Drama"});
    add("b", {"Drama", "War"});
    add("c", {"Comedy"});
    add("d", {"Drama"});
    add("e", {"Drama", "War"});
    add("f", {});
    films[3].hidden = true;
    pinned_.view = std::make_shared<const CatalogView>(make_catalog(films, movies_));
  }

  /// With the `stored` nearest neighbours of every film beside the model.
  void serve_model(std::size_t stored = 0) {
    models::FactorTable items{2, {"a", "b", "c", "d"}, {1, 0, 0.6F, 0.8F, -1, 0.1F, 1, 0}};
    models::FactorTable users;
    users.k = 2;
    models::IalsParameters parameters;
    parameters.rank = 2;
    auto model = models::FactorModel::make(ModelVersion("v"), parameters, std::move(items),
                                           std::move(users));
    const auto shared = std::make_shared<const models::FactorModel>(*std::move(model));
    pinned_.generation = make_generation(
        shared, movies_,
        std::make_shared<const models::ItemNeighbors>(models::nearest_items(*shared, stored, 1)));
  }

  MovieKey key(const char* id) { return *movies_.find(id); }
  std::vector<std::string> like(const char* id, std::size_t count = 10) {
    std::vector<std::string> ids;
    float last = 1;
    for (const Candidate& film : similar_films(pinned_, popular_, key(id), count)) {
      EXPECT_GT(film.score, 0);
      EXPECT_LE(film.score, last) << "best first";
      last = film.score;
      ids.push_back(movies_.id_of(film.movie).value());
    }
    return ids;
  }
  using Ids = std::vector<std::string>;

  MovieTable movies_;
  Pinned pinned_;
  std::vector<Candidate> popular_;
};

TEST_F(SimilarFilms, PointTheSameWayAndAreInTheCatalogue) {
  serve_model();
  EXPECT_EQ(like("a"), (Ids{"b"})) << "c points away, d is withdrawn";
  EXPECT_EQ(like("b"), (Ids{"a"}));
  EXPECT_EQ(like("c"), (Ids{}));
  const auto alike = similar_films(pinned_, popular_, key("a"), 10);
  EXPECT_NEAR(alike.at(0).score, 0.6, 1e-6);
}

TEST_F(SimilarFilms, OfAFilmTheModelLacksShareItsGenres) {
  serve_model();
  EXPECT_EQ(like("e"), (Ids{"b", "a"})) << "b has the same two genres, a one of them";
  EXPECT_EQ(like("f"), (Ids{})) << "no genre is no likeness";
}

TEST_F(SimilarFilms, AreFoundWithoutAModelThePopularFirst) {
  EXPECT_EQ(like("b"), (Ids{"e", "a"}));
  popular_ = {{key("e"), 1.0F}, {key("d"), 0.9F}, {key("b"), 0.5F}};
  EXPECT_EQ(like("a"), (Ids{"e", "b"})) << "equally alike: the popular one first";
  popular_.clear();
  EXPECT_EQ(like("a"), (Ids{"b", "e"})) << "nobody knows them: in order of id";
}

TEST_F(SimilarFilms, AreAtMostSoMany) {
  EXPECT_EQ(like("a", 1).size(), 1U);
  EXPECT_EQ(like("a", 0).size(), 0U);
}

TEST_F(SimilarFilms, OfNoCatalogueFilmAreNone) {
  const MovieKey stranger = movies_.intern(MovieId("stranger"));
  EXPECT_TRUE(similar_films(pinned_, popular_, stranger, 10).empty());
}

TEST_F(SimilarFilms, AreTheSameFromStoredNeighboursAndFromASweep) {
  serve_model();
  std::map<std::string, Ids> swept;
  for (const char* film : {"a", "b", "c"}) swept[film] = like(film, 2);
  for (const std::size_t stored : {1, 2, 3}) {  // d is among them, and withdrawn
    serve_model(stored);
    for (const auto& [film, films] : swept) {
      EXPECT_EQ(like(film.c_str(), 2), films) << film << " of " << stored;
      EXPECT_LE(like(film.c_str(), 1).size(), 1U);
    }
  }
}

}  // namespace
}  // namespace marquee::serving
