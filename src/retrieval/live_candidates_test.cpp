// Goal: a candidate is whatever any signal speaks for, and carries what each says of it.

#include "retrieval/live_candidates.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "retrieval/exact_search.h"
#include "retrieval/model_fixture.h"
#include "testing/fake_folded_state.h"
#include "testing/fake_vector_search.h"
#include "testing/manual_clock.h"

namespace marquee::retrieval {
namespace {

constexpr std::size_t kCatalogItems = 50;

class LiveCandidatesTest : public ::testing::Test {
 protected:
  LiveCandidatesTest() : allowed_(kCatalogItems), keys_(kCatalogItems), rows_(kCatalogItems) {
    std::iota(keys_.begin(), keys_.end(), 0U);
    std::iota(rows_.begin(), rows_.end(), 0);
    for (const MovieKey key : keys_) allowed_.insert(key);
    likes("u1", {7, 8});
    likes("other", {8, 30, 31});
  }
  void likes(const std::string& user, const std::vector<MovieKey>& movies) {
    UserProfile profile;
    for (const MovieKey movie : movies) {
      profile.recent.push_back({movie, EventType::kLike, std::nullopt, 0, profile.version++});
    }
    state_.put(user, std::move(profile));
  }
  LiveHistory history() const { return live_history(*state_.find(UserId("u1")), rows_, {}); }
  LiveSources sources(const VectorSearch& search) const {
    return {*model_, search, neighbors_, rows_, keys_, state_};
  }

  const std::shared_ptr<const models::FactorModel> model_ = random_model(kCatalogItems, 6, 3);
  const models::ItemNeighbors neighbors_ = models::nearest_items(*model_, 4, 1);
  KeySet allowed_;
  std::vector<MovieKey> keys_;
  std::vector<std::int32_t> rows_;
  testing::ManualClock clock_;
  testing::FakeFoldedState state_{clock_};
};

TEST_F(LiveCandidatesTest, AreTheNearestFilmsAndThoseThatNeighboursAndTransitionsName) {
  const ExactVectorSearch search(model_, keys_);
  allowed_.erase(7);
  allowed_.erase(8);
  const auto found = live_candidates(sources(search), history(), 12, allowed_, {});
  ASSERT_TRUE(found.ok());
  const auto viewer = *models::fold_in(*model_, weighted_items(history().positives));
  const auto nearest =
      *search.search(viewer, 12, [&](MovieKey key) { return allowed_.contains(key); });
  std::vector<MovieKey> wanted{30, 31};
  for (const Candidate& film : nearest) wanted.push_back(film.movie);
  for (const std::uint32_t row : {7U, 8U}) {
    for (const auto& neighbor : neighbors_.of(row)) {
      if (allowed_.contains(neighbor.row)) wanted.push_back(neighbor.row);
    }
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  EXPECT_EQ(found->movies, wanted);
}

TEST_F(LiveCandidatesTest, CarryWhatEachSignalSays) {
  const ExactVectorSearch search(model_, keys_);
  const auto found = live_candidates(sources(search), history(), 5, allowed_, {});
  ASSERT_TRUE(found.ok());
  const auto viewer = *models::fold_in(*model_, weighted_items(history().positives));
  const auto neighbors = neighbor_signal(neighbors_, history(), kCatalogItems, {});
  for (std::size_t i = 0; i < found->movies.size(); ++i) {
    const MovieKey movie = found->movies[i];
    float dot = 0;
    for (std::size_t d = 0; d < 6; ++d) dot += viewer[d] * model_->items().row(movie)[d];
    EXPECT_NEAR(found->factors[i], dot, 1e-4);
    EXPECT_EQ(found->neighbors[i], neighbors[movie]);
    EXPECT_EQ(found->transitions[i] > 0, movie == 8 || movie == 30 || movie == 31) << movie;
  }
}

TEST_F(LiveCandidatesTest, AreNoneWithoutPositives) {
  const ExactVectorSearch search(model_, keys_);
  EXPECT_TRUE(live_candidates(sources(search), {}, 5, allowed_, {})->movies.empty());
}

/// Says what it was asked.
class RecordedSearch final : public VectorSearch {
 public:
  std::size_t dimensions() const override { return inner_.dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    query_.assign(query.begin(), query.end());
    return inner_.search(query, count, filter);
  }
  marquee::testing::FakeVectorSearch inner_{6};
  mutable std::vector<float> query_;
};

TEST_F(LiveCandidatesTest, AskTheSearchOnceWithTheFoldedInVector) {
  RecordedSearch search;
  search.inner_.add(40, {1, 1, 1, 1, 1, 1});
  const auto found = live_candidates(sources(search), history(), 3, allowed_, {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(std::count(found->movies.begin(), found->movies.end(), 40U), 1);
  EXPECT_EQ(search.query_, *models::fold_in(*model_, weighted_items(history().positives)));
  allowed_.erase(40);
  const auto without = live_candidates(sources(search), history(), 3, allowed_, {});
  EXPECT_EQ(std::count(without->movies.begin(), without->movies.end(), 40U), 0);
}

TEST_F(LiveCandidatesTest, PassOnWhatTheSearchFailedWith) {
  const marquee::testing::FakeVectorSearch other(3);  // of another generation's length
  EXPECT_EQ(live_candidates(sources(other), history(), 3, allowed_, {}).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::retrieval
