// Goal: L1 → L2 ⊕ L3 → popular, each tier answering when the one above it is gone. Real model,
// search and blend; the stores are fakes.

#include "serving/recommendation_service.h"

#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "serving/movie_search.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_folded_state.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/manual_clock.h"

namespace marquee::serving {
namespace {

constexpr int kFilms = 60;
constexpr double kNoBound = std::numeric_limits<double>::infinity();

std::string film_id(int number) { return (number < 10 ? "m0" : "m") + std::to_string(number); }

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    std::vector<Movie> films;
    for (int i = 0; i < kFilms; ++i) {
      Movie film;
      film.id = MovieId(film_id(i));
      film.title = "Film number " + std::to_string(i);
      film.year = 1950 + i;
      film.genres = {i % 2 == 0 ? "Drama" : "Comedy"};
      film.hidden = i == kFilms - 1;
      films.push_back(std::move(film));
    }
    catalog_ = make_catalog(films, movies_);
    for (int i = 0; i < kFilms; ++i) {
      state_.count({key(i), 20'000, kFilms - i});  // film 0 is the most popular
    }
    generation_ = make_generation(make_model("als_20250101_0000"), movies_);
    restart();
  }

  static std::shared_ptr<const models::FactorModel> make_model(const std::string& version) {
    Rng rng(5);
    models::FactorTable items, users;
    items.k = users.k = 4;
    for (int i = 0; i < kFilms; ++i) {
      items.ids.push_back(film_id(i));
      for (int d = 0; d < 4; ++d) items.values.push_back(static_cast<float>(rng.normal()));
    }
    models::IalsParameters parameters;
    parameters.rank = 4;
    return std::make_shared<const models::FactorModel>(*models::FactorModel::make(
        ModelVersion(version), parameters, std::move(items), std::move(users)));
  }

  /// A service anew: empty cache, same stores.
  void restart() {
    service_.reset();
    cache_ = std::make_unique<marquee::testing::FakeRecommendationCache>();
    writer_ = std::make_unique<ShownListWriter>(log_, metrics_, ShownListWriter::Options{});
    service_ = std::make_unique<RecommendationService>(
        RecommendationService::Ports{clock_, state_, feed_, *cache_, *writer_, movies_, metrics_},
        options_);
    service_->set_catalog(catalog_);
    service_->set_generation(generation_);
  }

  /// The catalogue with one more film, added by hand, that the model does not know.
  void add_film(bool hidden = false) {
    std::vector<Movie> films;
    for (const auto& film : catalog_->movies) {
      if (film) films.push_back(*film);
    }
    films.push_back({MovieId("new"), "Film number 7, again", 1957, {"Comedy"}, hidden});
    films.back().added_at_ms = clock_.wall_ms();
    service_->set_catalog(make_catalog(films, movies_));
  }
  static std::size_t place_of(const RecommendationList& list, MovieKey movie) {
    std::size_t place = 0;
    while (place < list.items.size() && list.items[place].movie != movie) ++place;
    return place;
  }

  MovieKey key(int film) { return movies_.intern(MovieId(film_id(film))); }

  /// The viewer likes `films`; a version higher than before.
  void likes(const std::string& user, const std::vector<int>& films) {
    UserProfile profile;
    const auto before = state_.find(UserId(user));
    profile.version = before ? before->version + 1 : 1;
    for (const int film : films) {
      profile.recent.push_back({key(film), EventType::kLike, std::nullopt, 0, 0});
      MovieState& state = profile.state_of(key(film));
      state.seen = state.positive = 1;
    }
    profile.last_offset = Offset{Offset::kEmbedded, profile.version};
    state_.put(user, profile);
    cache_->bump(UserId(user), profile.version);
  }

  void nightly_list(const std::string& user, const std::vector<int>& films) {
    bool given = false;
    ASSERT_TRUE(
        feed_
            .put(ModelVersion("als_20250101_0000"),
                 [&]() -> Result<std::optional<std::pair<UserId, std::vector<ScoredMovie>>>> {
                   using Entry = std::pair<UserId, std::vector<ScoredMovie>>;
                   if (given) return std::optional<Entry>();
                   given = true;
                   Entry entry{UserId(user), {}};
                   float score = 1;
                   for (const int film : films) {
                     entry.second.push_back({MovieId(film_id(film)), score});
                     score *= 0.9F;
                   }
                   return std::optional(std::move(entry));
                 })
            .ok());
  }

  RecommendationList ask(RecommendationQuery query) {
    const auto list = service_->recommend(query);
    EXPECT_TRUE(list.ok()) << list.error().message;
    return *list;
  }
  RecommendationList ask(const std::string& user, int limit = 10) {
    RecommendationQuery query;
    query.user_id = UserId(user);
    query.limit = limit;
    return ask(query);
  }
  static std::set<MovieKey> keys_of(const RecommendationList& list) {
    std::set<MovieKey> keys;
    for (const Recommendation& item : list.items) keys.insert(item.movie);
    return keys;
  }

  marquee::testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  marquee::testing::FakeFoldedState state_{clock_};
  marquee::testing::FakeFeedStore feed_;
  marquee::testing::FakeRecommendationLog log_;
  std::shared_ptr<const Catalog> catalog_;
  std::shared_ptr<const Generation> generation_;
  std::unique_ptr<marquee::testing::FakeRecommendationCache> cache_;
  std::unique_ptr<ShownListWriter> writer_;
  RecommendationService::Options options_;
  std::unique_ptr<RecommendationService> service_;
};

TEST_F(ServiceTest, AnUnknownViewerGetsPopularTitles) {
  const auto list = ask("nobody", 5);
  EXPECT_EQ(list.source, Source::kPopular);
  ASSERT_EQ(list.items.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(list.items[static_cast<std::size_t>(i)].movie, key(i));
    EXPECT_EQ(list.items[static_cast<std::size_t>(i)].rank, i + 1);
  }
  EXPECT_FALSE(list.offset.has_value());
}

TEST_F(ServiceTest, TheFirstLikeMakesTheListPersonal) {
  const auto before = ask("new");
  likes("new", {7});
  const auto after = ask("new");
  EXPECT_EQ(after.source, Source::kRealtime);
  EXPECT_NE(keys_of(after), keys_of(before));
  EXPECT_FALSE(keys_of(after).contains(key(7))) << "what was met is no news";
  EXPECT_EQ(after.offset, (Offset{Offset::kEmbedded, 1}));
}

TEST_F(ServiceTest, ALikedFilmThatTheModelLacksStillLeavesThePopularTitles) {
  UserProfile profile;
  profile.version = 1;
  const MovieKey foreign = movies_.intern(MovieId("unheard-of"));
  profile.recent = {{foreign, EventType::kLike, std::nullopt, 0, 0}};
  profile.state_of(foreign).seen = 1;
  state_.put("new", profile);
  EXPECT_EQ(ask("new").source, Source::kPopular);
}

TEST_F(ServiceTest, BothTiersTogetherAreHybrid) {
  nightly_list("both", {30, 31, 32});
  likes("both", {7});
  const auto list = ask("both");
  EXPECT_EQ(list.source, Source::kHybrid);
  EXPECT_EQ(list.items.size(), 10U);
  EXPECT_EQ(list.items[0].movie, key(30)) << "70 % of the nightly best beats 30 % of the live best";
  EXPECT_EQ(list.model_version, ModelVersion("als_20250101_0000"));
}

TEST_F(ServiceTest, OnlyTheNightlyListIsBatchAndIsFilledUpWithPopularTitles) {
  nightly_list("quiet", {30, 31, 32});
  const auto list = ask("quiet", 5);
  EXPECT_EQ(list.source, Source::kBatch);
  ASSERT_EQ(list.items.size(), 5U);
  EXPECT_EQ(list.items[0].movie, key(30));
  EXPECT_EQ(list.items[3].movie, key(0));
}

TEST_F(ServiceTest, AFeedStoreThatIsAwayCostsATierAndNotTheAnswer) {
  nightly_list("both", {30, 31, 32});
  likes("both", {7});
  feed_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  EXPECT_EQ(ask("both").source, Source::kRealtime);
  EXPECT_EQ(metrics_.counter("marquee_tier_errors_total", "", {{"tier", "batch"}}).value(), 1.0);
  EXPECT_EQ(ask("both").source, Source::kHybrid) << "a degraded list is not kept";
}

TEST_F(ServiceTest, TheSecondAskIsAnsweredFromTheCacheUntilAnEvent) {
  likes("viewer", {7});
  const auto first = ask("viewer");
  const auto second = ask("viewer", 3);
  EXPECT_EQ(second.source, Source::kMemoryCache);
  ASSERT_EQ(second.items.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(second.items[i].movie, first.items[i].movie);
  EXPECT_NE(second.list_id, first.list_id);
  likes("viewer", {7, 8});
  EXPECT_EQ(ask("viewer").source, Source::kRealtime);
}

TEST_F(ServiceTest, AShareOfPlainRequestsIsAnsweredByEachLowerTierAndNotKept) {
  options_.tier_share = {.share = 0.5, .per_s_max = kNoBound};
  restart();
  nightly_list("both", {30, 31, 32});
  likes("both", {7});
  std::vector<Source> sources;
  for (int i = 0; i < 8; ++i) sources.push_back(ask("both").source);
  EXPECT_EQ(sources, (std::vector<Source>{Source::kHybrid, Source::kHybrid, Source::kMemoryCache,
                                          Source::kBatch, Source::kMemoryCache, Source::kRealtime,
                                          Source::kMemoryCache, Source::kPopular}));
  EXPECT_EQ(ask("both").items[0].movie, key(30)) << "what is kept is still the whole list";
}

TEST_F(ServiceTest, WhoWantsSomethingSpecialOrTheirOwnEventIsNoPartOfTheShare) {
  options_.tier_share = {.share = 1, .per_s_max = kNoBound};
  restart();
  nightly_list("both", {30, 31, 32});
  likes("both", {7});
  RecommendationQuery query;
  query.user_id = UserId("both");
  query.reads_own_writes = true;
  EXPECT_EQ(ask(query).source, Source::kHybrid);
  EXPECT_EQ(ask(query).source, Source::kMemoryCache);
  query.reads_own_writes = false;
  query.explain = true;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(query).source, Source::kHybrid);
}

TEST_F(ServiceTest, ANewGenerationMakesOldListsAMiss) {
  likes("viewer", {7});
  ask("viewer");
  service_->set_generation(make_generation(make_model("als_20250102_0000"), movies_));
  const auto list = ask("viewer");
  EXPECT_EQ(list.source, Source::kRealtime);
  EXPECT_EQ(list.model_version, ModelVersion("als_20250102_0000"));
}

TEST_F(ServiceTest, HiddenAndWithdrawnFilmsAreNeverListed) {
  nightly_list("viewer", {30, 31, kFilms - 1});
  UserProfile profile;
  profile.version = 1;
  profile.state_of(key(30)).hidden = 1;
  state_.put("viewer", profile);
  const auto keys = keys_of(ask("viewer", 100));
  EXPECT_FALSE(keys.contains(key(30))) << "hidden by the viewer";
  EXPECT_FALSE(keys.contains(key(kFilms - 1))) << "withdrawn by an operator";
  EXPECT_EQ(keys.size(), static_cast<std::size_t>(kFilms - 2));
}

TEST_F(ServiceTest, FiltersHoldForEveryTier) {
  nightly_list("viewer", {30, 31, 32});
  likes("viewer", {7});
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.limit = 100;
  query.genres = {"comedy"};
  query.year_from = 1960;
  query.exclude = {MovieId(film_id(31))};
  for (const Recommendation& item : ask(query).items) {
    const Movie* film = catalog_->find(item.movie);
    EXPECT_EQ(film->genres.front(), "Comedy");
    EXPECT_GE(*film->year, 1960);
    EXPECT_NE(item.movie, key(31));
  }
}

TEST_F(ServiceTest, ScoresLieInZeroToOneAndRanksCount) {
  nightly_list("viewer", {30, 31, 32});
  likes("viewer", {7});
  const auto list = ask("viewer", 100);
  std::int32_t rank = 0;
  for (const Recommendation& item : list.items) {
    EXPECT_GE(item.score, 0.0F);
    EXPECT_LE(item.score, 1.0F);
    EXPECT_EQ(item.rank, ++rank);
  }
  EXPECT_EQ(keys_of(list).size(), list.items.size());
}

TEST_F(ServiceTest, PagesNeverRepeatEvenWhenAnEventComesBetween) {
  likes("viewer", {7});
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.limit = 7;
  std::set<MovieKey> seen;
  for (int page = 0; page < 20; ++page) {
    const auto list = ask(query);
    for (const Recommendation& item : list.items) {
      EXPECT_TRUE(seen.insert(item.movie).second) << "page " << page;
    }
    if (page == 2) likes("viewer", {7, 8});
    if (!list.next_cursor) break;
    query.cursor = list.next_cursor;
  }
  EXPECT_GE(seen.size(), static_cast<std::size_t>(kFilms - 4));
}

TEST_F(ServiceTest, ABadCursorIsRefused) {
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.cursor = "c1.!!!";
  const auto list = service_->recommend(query);
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ServiceTest, WithoutProfilingEveryoneGetsPopularTitles) {
  likes("viewer", {7});
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.profiling = false;
  EXPECT_EQ(ask(query).source, Source::kPopular);
}

TEST_F(ServiceTest, ExplainedRowsNameTheFilmThatSpeaksForThem) {
  likes("viewer", {7});
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.explain = true;
  EXPECT_NE(ask(query).items.front().reason.find("Film number 7"), std::string::npos);
}

TEST_F(ServiceTest, WithoutModelOrCatalogueItStillAnswers) {
  service_->set_generation(nullptr);
  likes("viewer", {7});
  const auto list = ask("viewer");
  EXPECT_EQ(list.source, Source::kPopular);
  EXPECT_FALSE(list.model_version.has_value());
  service_->set_catalog(std::make_shared<const Catalog>());
  EXPECT_TRUE(ask("viewer").items.empty());
}

TEST_F(ServiceTest, AFilmAddedByHandIsRecommendedAndFoundAtOnceAndGoneWhenWithdrawn) {
  options_.new_films.cosine_min = -1.0F;  // the vectors of this world know no genres
  restart();
  likes("viewer", {7});
  EXPECT_EQ(ask("viewer", 10).items.size(), 10U);  // and kept in L1
  add_film();
  const MovieKey added = *movies_.find("new");
  const auto list = ask("viewer", 10);
  EXPECT_EQ(place_of(list, added), 4U);
  EXPECT_EQ(place_of(ask("viewer", 10), added), 4U) << "from L1 too";
  EXPECT_EQ(place_of(ask("viewer", 4), added), 4U) << "a shorter list has no place for it";
  EXPECT_EQ(place_of(ask("nobody", 30), added), 30U) << "of whom nothing is known";
  RecommendationQuery query;
  query.user_id = UserId("viewer");
  query.explain = true;
  EXPECT_EQ(ask(query).items[4].reason, "New here, and like what you watch");
  MovieQuery search;
  search.text = "again";
  EXPECT_EQ(MovieSearch(*service_, state_).search(search).total, 1U);

  add_film(true);  // withdrawn
  EXPECT_EQ(place_of(ask("viewer", 58), added), 58U);
  EXPECT_EQ(MovieSearch(*service_, state_).search(search).total, 0U);
}

TEST_F(ServiceTest, AFilmIsNewForThirtyDaysAtMost) {
  options_.new_films.cosine_min = -1.0F;
  restart();
  likes("viewer", {7});
  add_film();
  const MovieKey added = *movies_.find("new");
  EXPECT_EQ(place_of(ask("viewer", 10), added), 4U);
  clock_.advance(std::chrono::hours(31 * 24));
  cache_->clear();
  EXPECT_EQ(place_of(ask("viewer", 10), added), 10U) << "new for 30 days at most";
  service_->set_generation(nullptr);
  EXPECT_EQ(ask("viewer", 10).source, Source::kPopular);
}

TEST_F(ServiceTest, EveryAnswerIsLoggedUnderItsOwnListId) {
  const auto first = ask("viewer", 3);
  const auto second = ask("viewer", 3);
  writer_.reset();  // writes what is queued
  const auto lists = log_.lists();
  ASSERT_EQ(lists.size(), 2U);
  EXPECT_EQ(lists[0].list_id, first.list_id);
  EXPECT_EQ(lists[1].list_id, second.list_id);
  EXPECT_EQ(lists[0].source, "popular");
  ASSERT_EQ(lists[0].items.size(), 3U);
  EXPECT_EQ(lists[0].items[0].movie_id, MovieId(film_id(0)));
  service_.reset();
}

TEST_F(ServiceTest, SearchFindsWordsPrefixFirstAndNeverHiddenFilms) {
  const MovieSearch search(*service_, state_);
  MovieQuery query;
  query.text = "number 7";
  const auto page = search.search(query);
  ASSERT_FALSE(page.movies.empty());
  EXPECT_EQ(page.movies.front().first, key(7));
  query.text = "NUMBER";
  EXPECT_EQ(search.search(query).total, static_cast<std::size_t>(kFilms - 1));
  query.text = "nothing like it";
  EXPECT_EQ(search.search(query).total, 0U);
}

TEST_F(ServiceTest, SearchPagesThroughEverythingOnce) {
  const MovieSearch search(*service_, state_);
  for (const auto sort : {MovieQuery::Sort::kTitle, MovieQuery::Sort::kYear,
                          MovieQuery::Sort::kPopularity, MovieQuery::Sort::kForMe}) {
    MovieQuery query;
    query.sort = sort;
    query.limit = 13;
    std::set<MovieKey> seen;
    for (;;) {
      const auto page = search.search(query);
      if (page.movies.empty()) break;
      for (const auto& [movie, popularity] : page.movies) {
        EXPECT_TRUE(seen.insert(movie).second);
        EXPECT_GE(popularity, 0.0);
        EXPECT_LE(popularity, 1.0);
      }
      query.first += page.movies.size();
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kFilms - 1));
  }
}

TEST_F(ServiceTest, WhatAReservedViewerGetsIsNeitherLoggedNorCounted) {
  likes("marquee:canary", {1});
  EXPECT_FALSE(ask("marquee:canary").items.empty());
  EXPECT_FALSE(ask("marquee:canary").items.empty());
  (void)ask("ann");
  writer_.reset();  // writes what is queued
  const auto lists = log_.lists();
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_EQ(lists.front().user_id, UserId("ann"));
  double answered = 0;
  for (const auto& sample : metrics_.samples("marquee_recommendations_total")) {
    answered += sample.value;
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(metrics_.counter("marquee_cache_hits_total", "").value(), 0);
  EXPECT_EQ(metrics_.counter("marquee_cache_misses_total", "").value(), 1);
}

}  // namespace
}  // namespace marquee::serving
