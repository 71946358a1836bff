#include "ranking/diversify.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

/// Maximal marginal relevance by its definition, everything computed anew for every pick.
std::vector<Candidate> by_definition(std::vector<Candidate> left, std::size_t count,
                                     double diversity,
                                     const std::vector<std::vector<float>>& vectors) {
  const auto cosine = [&](MovieKey a, MovieKey b) {
    double ab = 0, aa = 0, bb = 0;
    if (vectors[a].empty() || vectors[b].empty()) return 0.0;
    for (std::size_t d = 0; d < vectors[a].size(); ++d) {
      ab += double{vectors[a][d]} * vectors[b][d];
      aa += double{vectors[a][d]} * vectors[a][d];
      bb += double{vectors[b][d]} * vectors[b][d];
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0.0;
  };
  const double lambda = 1 - diversity / 2;
  std::vector<Candidate> picked;
  while (!left.empty() && picked.size() < count) {
    std::size_t best = 0;
    double best_value = -10;
    for (std::size_t i = 0; i < left.size(); ++i) {
      double likeness = picked.empty() ? 0 : -1;
      for (const Candidate& film : picked) {
        likeness = std::max(likeness, cosine(left[i].movie, film.movie));
      }
      const double value = lambda * double{left[i].score} - (1 - lambda) * likeness;
      if (value <= best_value + 1e-6) continue;  // equal but for rounding: keeps the order
      best = i;
      best_value = value;
    }
    picked.push_back(left[best]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return picked;
}

// Scores and angles on a coarse grid, so that values are equal or far apart.
RC_GTEST_PROP(Diversify, AgreesWithTheDefinition, ()) {
  const auto films = *rc::gen::inRange<std::size_t>(0, 12);
  std::vector<std::vector<float>> vectors(films);
  std::vector<Candidate> list;
  for (std::size_t film = 0; film < films; ++film) {
    if (*rc::gen::inRange(0, 5) != 0) {
      for (int d = 0; d < 3; ++d) {
        vectors[film].push_back(static_cast<float>(*rc::gen::inRange(-1, 2)));
      }
    }
    list.push_back({static_cast<MovieKey>(film), 1.0F - 0.125F * static_cast<float>(film)});
  }
  const double diversity = 0.25 * *rc::gen::inRange(0, 5);
  const auto count = *rc::gen::inRange<std::size_t>(0, 14);
  const auto of = [&](MovieKey movie) { return std::span<const float>(vectors[movie]); };
  RC_ASSERT(diversify(list, count, diversity, of) ==
            by_definition(list, count, diversity, vectors));
}

TEST(Diversify, AFilmOppositeToThePickedGainsByIt) {
  const std::vector<std::vector<float>> vectors{{1, 0}, {0, 1}, {-1, 0}};
  const std::vector<Candidate> list{{0, 1.0F}, {1, 0.5F}, {2, 0.4F}};
  const auto of = [&](MovieKey movie) { return std::span<const float>(vectors[movie]); };
  const auto mixed = diversify(list, 3, 1, of);
  EXPECT_EQ(mixed[1].movie, 2U) << "0.2 + 0.5 beats 0.25";
}

TEST(Diversify, TakesADiversityBeyondItsRangeForTheNearest) {
  EXPECT_EQ(diversify(kList, 4, -3, vector_of), kList);
  EXPECT_EQ(diversify(kList, 4, 7, vector_of), diversify(kList, 4, 1, vector_of));
}

TEST(Diversify, AVectorThatIsNoNumberCountsAsNone) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<std::vector<float>> vectors{{1, 0}, {nan, 0}, {0, 0}};
  const std::vector<Candidate> list{{0, 1.0F}, {1, 0.9F}, {2, 0.8F}};
  const auto of = [&](MovieKey movie) { return std::span<const float>(vectors[movie]); };
  EXPECT_EQ(diversify(list, 3, 1, of), list);
}

}  // namespace
}  // namespace marquee::ranking
