// Goal: a film is found by what people type, well spelt or not, best fit first.

#include "serving/title_index.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "serving/fold_text.h"
#include "testing/event_builder.h"

namespace marquee::serving {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

/// An index over films with these titles; film i has the id "f<i>".
class Titles {
 public:
  explicit Titles(const std::vector<std::string>& titles) : titles_(titles) {
    std::vector<Movie> films;
    for (std::size_t i = 0; i < titles.size(); ++i) {
      films.push_back(marquee::testing::test_movie("f" + std::to_string(1'000 + i), titles[i], 1999,
                                                   {"Drama"}));
    }
    if (!films.empty()) films.back().hidden = titles.back() == "Withdrawn";
    index_ = std::make_unique<TitleIndex>(make_catalog(films, movies_));
  }

  std::vector<TitleIndex::Match> matches(std::string_view typed,
                                         const ranking::FilmWishes& wishes = {}) const {
    return index_->find(typed, ranking::FilmFilter(index_->films(), wishes));
  }
  /// The titles found, best fit first, ties by film id.
  std::vector<std::string> find(std::string_view typed) const {
    auto found = matches(typed);
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.fit < b.fit; });
    std::vector<std::string> titles;
    for (const auto& match : found) titles.push_back(titles_[match.title->key]);
    return titles;
  }

 private:
  std::vector<std::string> titles_;
  MovieTable movies_;
  std::unique_ptr<TitleIndex> index_;
};

TEST(TitleIndexTest, BetterFitsComeFirst) {
  const Titles films({"Aliens of the Deep", "Cowboys and Aliens", "Alien (1999)", "The Alien",
                      "My Alien Friend", "Inalienable", "Alienation"});
  EXPECT_THAT(films.find("alien"),
              ElementsAre("Alien (1999)", "The Alien",  // the whole title
                          "My Alien Friend",            // a whole word
                          "Aliens of the Deep", "Cowboys and Aliens", "Alienation",  // beginnings
                          "Inalienable"));  // inside a word
}

TEST(TitleIndexTest, MisspeltWordsFindTheFilmThatWasMeant) {
  const Titles films({"The Godfather", "Godfather, The: Part II", "The Matrix", "Schindler's List",
                      "Amélie", "Heat", "Spider-Man 2", "Star Wars", "2001: A Space Odyssey"});
  EXPECT_THAT(films.find("godfahter"), ElementsAre("The Godfather", "Godfather, The: Part II"));
  EXPECT_THAT(films.find("teh godfahter"), ElementsAre("The Godfather", "Godfather, The: Part II"));
  EXPECT_THAT(films.find("godfather ii x"), IsEmpty());  // two letters allow no slip
  EXPECT_THAT(films.find("the godfater part"), ElementsAre("Godfather, The: Part II"));
  EXPECT_THAT(films.find("matirx"), ElementsAre("The Matrix"));
  EXPECT_THAT(films.find("shindlers lsit"), ElementsAre("Schindler's List"));
  EXPECT_THAT(films.find("amelei"), ElementsAre("Amélie"));
  EXPECT_THAT(films.find("space oddyssey"), ElementsAre("2001: A Space Odyssey"));
}

TEST(TitleIndexTest, AMisspeltBeginningFindsTheWordWhileItIsTyped) {
  const Titles films({"The Godfather", "Gofers"});
  EXPECT_THAT(films.find("godfh"), ElementsAre("The Godfather"));
  EXPECT_THAT(films.find("gofh"), IsEmpty());  // too short to tell what it begins
}

TEST(TitleIndexTest, TwoWordsMayBeWrittenAsOneAndOneAsTwo) {
  const Titles films({"Spider-Man 2", "Star Wars", "Godfather", "Spider and Man"});
  EXPECT_THAT(films.find("spiderman"), ElementsAre("Spider-Man 2"));
  EXPECT_THAT(films.find("starwars"), ElementsAre("Star Wars"));
  EXPECT_THAT(films.find("god father"), ElementsAre("Godfather"));
}

TEST(TitleIndexTest, FewerSlipsComeBeforeMore) {
  const Titles films({"Casablance", "Casablanka", "Casablanca Express", "Cassablancca"});
  EXPECT_THAT(films.find("casablanac"),
              ElementsAre("Casablanca Express", "Casablance", "Casablanka", "Cassablancca"));
}

TEST(TitleIndexTest, AWordThatSomeTitleHasIsTakenAsMeant) {
  const Titles films({"Fargo", "Cargo", "Key Largo"});
  EXPECT_THAT(films.find("fargo"), ElementsAre("Fargo"));
  EXPECT_THAT(films.find("dargo"), ElementsAre("Fargo", "Cargo", "Key Largo"));
}

TEST(TitleIndexTest, NothingIsCorrectedWhereEnoughIsFound) {
  std::vector<std::string> titles{"Starry One", "Starry Two", "Starry Three", "Starry Four",
                                  "Stary Night"};
  EXPECT_THAT(Titles(titles).find("starr"), Contains("Stary Night"));
  titles.emplace_back("Starry Five");
  EXPECT_THAT(Titles(titles).find("starr"), Not(Contains("Stary Night")));
}

TEST(TitleIndexTest, FiltersHoldForMisspellingsAndWithdrawnFilmsAreNeverFound) {
  const Titles films({"The Godfather", "Withdrawn"});
  EXPECT_EQ(films.matches("godfahter", {{"Drama"}, {}, 1999, 1999}).size(), 1U);
  EXPECT_THAT(films.matches("godfahter", {{}, {}, 2000, std::nullopt}), IsEmpty());
  EXPECT_THAT(films.matches("godfahter", {{}, {"drama"}, {}, {}}), IsEmpty());
  EXPECT_THAT(films.find("withdarwn"), IsEmpty());
  EXPECT_THAT(films.find("withdrawn"), IsEmpty());
}

TEST(TitleIndexTest, OddQuestionsHaveHarmlessAnswers) {
  const Titles films({"The Godfather", "生きる", "???", "The The"});
  EXPECT_EQ(films.find("").size(), 4U);
  EXPECT_EQ(films.find("  ").size(), 4U);
  EXPECT_THAT(films.find("!?"), IsEmpty());
  EXPECT_THAT(films.find("生きる"), ElementsAre("生きる"));
  EXPECT_THAT(films.find("\xFF\xFE"), IsEmpty());
  EXPECT_THAT(films.find(std::string(500, 'g')), IsEmpty());
  EXPECT_THAT(films.find("g o d f a t h e r x y"), IsEmpty());  // more words than are corrected
  EXPECT_THAT(films.find("the"), Not(IsEmpty()));
  EXPECT_THAT(Titles({}).find("godfather"), IsEmpty());
}

std::string random_word(Rng& rng) {
  std::string word;
  for (std::uint64_t left = 4 + rng.below(8); left > 0; --left) {
    word.push_back(static_cast<char>('a' + rng.below(26)));
  }
  return word;
}

/// `word` with one slip of the given kind.
std::string misspell(std::string word, std::uint64_t kind, std::size_t at) {
  at %= word.size();
  switch (kind % 4) {
    case 0:
      word.erase(at, 1);
      break;
    case 1:
      word.insert(at, 1, 'q');
      break;
    case 2:
      word[at] = 'q';
      break;
    default:
      std::swap(word[at], word[at == 0 ? 1 : at - 1]);
  }
  return word;
}

RC_GTEST_PROP(TitleIndexTest, OneSlipInALongWordNeverHidesTheFilm, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::string> titles;
  for (int i = 0; i < 80; ++i) titles.push_back(random_word(rng) + " " + random_word(rng));
  const Titles films(titles);
  const std::string& wanted = titles[rng.below(titles.size())];
  const std::size_t gap = wanted.find(' ');
  const std::string first = wanted.substr(0, gap);
  const std::string typed = misspell(first, rng.below(4), rng.below(first.size()));
  RC_PRE(typed.size() >= 4);  // shorter words allow no slip
  const auto found = films.find(typed + wanted.substr(gap));
  RC_ASSERT(std::find(found.begin(), found.end(), wanted) != found.end());
}

}  // namespace
}  // namespace marquee::serving
