// Goal: a film that nobody has met reaches the viewers whose taste its description meets.

#include "retrieval/new_films.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "testing/cosine.h"

namespace marquee::retrieval {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;
constexpr std::int64_t kNowMs = 1'000 * kDayMs;
constexpr std::size_t kRank = 5;

std::vector<float> random_vector(Rng& rng) {
  std::vector<float> vector;
  for (std::size_t d = 0; d < kRank; ++d) vector.push_back(static_cast<float>(rng.normal()));
  return vector;
}

class NewCandidates : public ::testing::Test {
 protected:
  NewCandidates() : allowed_(1'000) {
    Rng rng(11);
    viewer_ = random_vector(rng);
    for (MovieKey key = 100; key < 140; ++key) {
      films_.push_back({key, kNowMs - kDayMs, random_vector(rng)});
      allowed_.insert(key);
    }
  }
  std::vector<Candidate> find(std::size_t count, const NewFilmOptions& options = {}) const {
    return NewFilms(films_).matching(viewer_, count, allowed_, kNowMs, options);
  }

  std::vector<float> viewer_;
  std::vector<NewFilm> films_;
  KeySet allowed_;
};

RC_GTEST_FIXTURE_PROP(NewCandidates, AreThoseOfLargestCosineAboveTheMinimum,
                      (std::uint64_t seed, std::uint8_t some)) {
  Rng rng(seed);
  viewer_ = random_vector(rng);
  films_.clear();
  std::vector<double> matches;
  for (MovieKey key = 100; key < 100 + some % 40U; ++key) {
    films_.push_back({key, kNowMs, random_vector(rng)});
    matches.push_back(testing::cosine(viewer_, films_.back().direction));
  }
  std::erase_if(matches, [](double match) { return match < 0.2; });
  std::sort(matches.rbegin(), matches.rend());
  const std::size_t count = seed % 50;
  matches.resize(std::min(matches.size(), count));
  const auto found = find(count, {.cosine_min = 0.2F});
  RC_ASSERT(found.size() == matches.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    RC_ASSERT(std::abs(double{found[i].score} - matches[i]) < 1e-5);
    const double match = testing::cosine(viewer_, films_[found[i].movie - 100].direction);
    RC_ASSERT(std::abs(double{found[i].score} - match) < 1e-5);
  }
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
  viewer_.assign(kRank, 0.0F);
  EXPECT_TRUE(find(5).empty());
  films_.clear();
  EXPECT_TRUE(find(5).empty());
}

TEST_F(NewCandidates, HaveDirectionsOfLengthOneAndAreOnlyThoseThatPointAnywhere) {
  films_.push_back({200, kNowMs, std::vector<float>(kRank, 0.0F)});
  films_.push_back({201, kNowMs, {}});
  films_[0].direction.assign(kRank, 3.0F);
  const NewFilms films(films_);
  ASSERT_EQ(films.size(), 40U);
  EXPECT_EQ(films[0].movie, 100U);
  for (const float value : films.direction(0)) EXPECT_FLOAT_EQ(value, 1 / std::sqrt(5.0F));
}

}  // namespace
}  // namespace marquee::retrieval
