#include "ranking/diversify.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace marquee::ranking {
namespace {

// Films 0 and 1 are twins, 2 is unlike both, 3 has no vector.
const std::vector<std::vector<float>> kVectors{{1, 0}, {1, 0}, {0, 1}, {}};
const std::vector<Candidate> kList{{0, 1.0F}, {1, 0.9F}, {2, 0.7F}, {3, 0.1F}};

std::span<const float> vector_of(MovieKey movie) { return kVectors[movie]; }

TEST(Diversify, ZeroChangesNothing) { EXPECT_EQ(diversify(kList, 10, 0, vector_of), kList); }

TEST(Diversify, PrefersWhatIsUnlikeThePicked) {
  const auto list = diversify(kList, 10, 1, vector_of);
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list[0].movie, 0U) << "the best stays first";
  EXPECT_EQ(list[1].movie, 2U) << "the twin waits";
}

TEST(Diversify, KeepsScoresAndFilms) {
  auto list = diversify(kList, 10, 0.8, vector_of);
  std::sort(list.begin(), list.end(),
            [](const Candidate& a, const Candidate& b) { return a.movie < b.movie; });
  EXPECT_EQ(list, kList);
}

TEST(Diversify, GivesAtMostWhatIsAskedFor) {
  EXPECT_EQ(diversify(kList, 2, 0.5, vector_of).size(), 2U);
  EXPECT_TRUE(diversify({}, 2, 0.5, vector_of).empty());
}

}  // namespace
}  // namespace marquee::ranking
