#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "serving/cascade.h"
#include "serving/page_cursor.h"
#include "testing/event_builder.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_folded_state.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/fake_vector_search.h"
#include "testing/manual_clock.h"

namespace marquee::serving {

/// A search that is away.
class BrokenSearch final : public VectorSearch {
 public:
  std::size_t dimensions() const override { return 4; }
  Result<std::vector<Candidate>> search(std::span<const float>, std::size_t,
                                        const Filter&) const override {
    return Error{ErrorCode::kUnavailable, "the index is away"};
  }
};

/// The tiers below the cache over fakes: films f00 … f39, of which the last is hidden; f00 is the
/// most popular, and nobody has met the last ten. A model of four numbers a film for f00 … f34.
class CascadeTest : public ::testing::Test {
 protected:
  static constexpr int kFilms = 40;
  static constexpr int kPopular = 30;
  static constexpr int kModelled = 35;

  CascadeTest() {
    std::vector<Movie> films;
    for (int i = 0; i < kFilms; ++i) {
      films.push_back(testing::test_movie(id_of(i), "Film " + id_of(i), 1960 + i,
                                          {i % 2 == 0 ? "Drama" : "Comedy"}));
      films.back().hidden = i == kFilms - 1;
    }
    pinned_.view = std::make_shared<const CatalogView>(make_catalog(films, movies_));
    for (int i = 0; i < kPopular; ++i) state_.count({key(i), 20'000, kFilms - i});
    pinned_.generation = make_generation(random_model(), movies_);
    pinned_.descriptions =
        std::make_shared<const FilmDescriptions>(pinned_.generation, pinned_.view->catalog);
  }

  static std::string id_of(int film) { return (film < 10 ? "f0" : "f") + std::to_string(film); }
  MovieKey key(int film) { return movies_.intern(MovieId(id_of(film))); }

  static std::shared_ptr<const models::FactorModel> random_model() {
    Rng rng(4);
    models::FactorTable items{4, {}, {}};
    for (int i = 0; i < kModelled; ++i) {
      items.ids.push_back(id_of(i));
      for (int d = 0; d < 4; ++d) items.values.push_back(static_cast<float>(rng.normal()));
    }
    models::IalsParameters parameters;
    parameters.rank = 4;
    return std::make_shared<const models::FactorModel>(*models::FactorModel::make(
        ModelVersion("als_20250101_0000"), parameters, std::move(items), {4, {}, {}}));
  }

  void nightly(const std::vector<int>& films) {
    std::vector<ScoredMovie> list;
    for (const int film : films) {
      list.push_back({MovieId(id_of(film)), 1.0F / static_cast<float>(list.size() + 1)});
    }
    bool given = false;
    using Row = std::pair<UserId, std::vector<ScoredMovie>>;
    const auto one = [&]() -> Result<std::optional<Row>> {
      if (std::exchange(given, true)) return std::optional<Row>();
      return std::optional(Row{UserId("u1"), list});
    };
    ASSERT_TRUE(feed_.put(ModelVersion("als_20250101_0000"), one).ok());
  }

  std::shared_ptr<const UserProfile> who_likes(const std::vector<int>& films) {
    auto profile = std::make_shared<UserProfile>();
    for (const int film : films) {
      profile->recent.push_back(
          {key(film), EventType::kLike, std::nullopt, 0, profile->history_size++});
      profile->state_of(key(film)).seen = 1;
    }
    profile->version = profile->history_size;
    return profile;
  }

  CascadeRequest request(std::size_t count, std::shared_ptr<const UserProfile> profile = nullptr) {
    CascadeRequest request;
    request.user_id = UserId("u1");
    request.profile = std::move(profile);
    request.count = count;
    return request;
  }
  std::vector<std::string> ids_of(const CascadeList& list) const {
    std::vector<std::string> ids;
    for (const Candidate& item : list.items) ids.push_back(movies_.id_of(item.movie).value());
    return ids;
  }
  double errors_of(const char* tier) {
    return metrics_.counter("marquee_tier_errors_total", "", {{"tier", tier}}).value();
  }
  /// The same model with a search that fails.
  void break_the_search() {
    auto broken = std::make_shared<Generation>(*pinned_.generation);
    broken->search = std::make_shared<const BrokenSearch>();
    pinned_.generation = std::move(broken);
  }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  testing::FakeFoldedState state_{clock_};
  testing::FakeFeedStore feed_;
  testing::FakeRecommendationCache cache_;
  testing::FakeRecommendationLog log_;
  ShownListWriter writer_{log_, metrics_, {}};
  RecommendationService::Options options_;
  PopularFilms popular_{state_, movies_, clock_, options_.popularity, std::chrono::milliseconds(0)};
  Cascade cascade_{{clock_, state_, feed_, cache_, writer_, movies_, metrics_}, options_, popular_};
  Pinned pinned_;
};

}  // namespace marquee::serving
