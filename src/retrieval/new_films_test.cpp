// Goal: a film that nobody has met reaches the viewers whose taste its description meets.

#include "retrieval/new_films.h"

#include <gtest/gtest.h>

#include "models/content_prior.h"
#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;
constexpr std::int64_t kNowMs = 1'000 * kDayMs;
constexpr std::size_t kRank = 5;

class NewCandidates : public ::testing::Test {
 protected:
  NewCandidates() : allowed_(1'000) {
    Rng rng(11);
    for (MovieKey key = 100; key < 140; ++key) {
      films_.push_back({key, kNowMs - kDayMs, {}});
      for (std::size_t d = 0; d < kRank; ++d) {
        films_.back().direction.push_back(static_cast<float>(rng.normal()));
      }
      allowed_.insert(key);
    }
  }
  std::vector<Candidate> find(std::size_t count, const NewFilmOptions& options = {}) const {
    auto found = new_candidates(*model_, films_, positives_, count, allowed_, kNowMs, options);
    EXPECT_TRUE(found.ok());
    return std::move(found).value();
  }

  const std::shared_ptr<const models::FactorModel> model_ = random_model(30, kRank, 3);
  const std::vector<LivePositive> positives_{{5, EventType::kLike, {5, 1.0F}},
                                             {2, EventType::kLike, {2, 0.7F}}};
  std::vector<NewFilm> films_;
  KeySet allowed_;
};

TEST_F(NewCandidates, AreThoseOfLargestCosineAboveTheMinimum) {
  const auto viewer = *models::fold_in(*model_, weighted_items(positives_));
  const auto found = find(1'000, {.cosine_min = 0.2F});
  ASSERT_GT(found.size(), 3U);
  std::size_t matching = 0;
  for (const NewFilm& film : films_) {
    if (models::cosine(viewer, film.direction) >= 0.2F) ++matching;
  }
  EXPECT_EQ(found.size(), matching);
  EXPECT_LT(matching, films_.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_FLOAT_EQ(found[i].score, models::cosine(viewer, films_[found[i].movie - 100].direction));
    if (i > 0) {
      EXPECT_GE(found[i - 1].score, found[i].score);
    }
  }
  const auto three = find(3, {.cosine_min = 0.2F});
  ASSERT_EQ(three.size(), 3U);
  EXPECT_EQ(three[2].movie, found[2].movie);
}

TEST_F(NewCandidates, LeaveOutWhatIsNotAllowedAndWhatIsNewNoLonger) {
  const auto before = find(2);
  ASSERT_EQ(before.size(), 2U);
  allowed_.erase(before[0].movie);
  EXPECT_EQ(find(1)[0].movie, before[1].movie);
  films_[before[1].movie - 100].added_at_ms = kNowMs - 31 * kDayMs;
  for (const Candidate& film : find(1'000)) EXPECT_NE(film.movie, before[1].movie);
  films_[before[1].movie - 100].added_at_ms = kNowMs - 30 * kDayMs;
  EXPECT_EQ(find(1)[0].movie, before[1].movie);
}

TEST_F(NewCandidates, WhoseViewersTellTheirDirectionStayUntilAModelKnowsThem) {
  const MovieKey best = find(1)[0].movie;
  films_[best - 100].added_at_ms = 0;
  EXPECT_NE(find(1)[0].movie, best);
  films_[best - 100].has_viewers = true;
  EXPECT_EQ(find(1)[0].movie, best);
  films_[best - 100].direction.clear();
  EXPECT_NE(find(1)[0].movie, best) << "nothing tells where it points";
}

TEST_F(NewCandidates, OfEqualMatchComeByKey) {
  for (NewFilm& film : films_) film.direction = films_[0].direction;
  const auto found = find(3, {.cosine_min = -1.0F});
  EXPECT_EQ(found[0].movie, 100U);
  EXPECT_EQ(found[2].movie, 102U);
}

TEST_F(NewCandidates, AreNoneForAViewerOfWhomNothingIsKnown) {
  EXPECT_TRUE(new_candidates(*model_, films_, {}, 5, allowed_, kNowMs, {})->empty());
  const std::vector<LivePositive> wrong{{5, EventType::kLike, {99, 1.0F}}};
  EXPECT_FALSE(new_candidates(*model_, films_, wrong, 5, allowed_, kNowMs, {}).ok());
}

}  // namespace
}  // namespace marquee::retrieval
