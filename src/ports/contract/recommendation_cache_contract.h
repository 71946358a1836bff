#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "ports/recommendation_cache.h"

namespace marquee::testing {

/// What every RecommendationCache must do while it has room and time. `Harness` is
/// default-constructible with an empty cache and has   RecommendationCache& store();
template <typename Harness>
class RecommendationCacheContract : public ::testing::Test {
 protected:
  RecommendationCache& cache() { return harness_.store(); }

  static std::shared_ptr<const CachedList> list(const std::string& generation,
                                                std::uint64_t version, MovieKey first = 1) {
    auto made = std::make_shared<CachedList>();
    if (!generation.empty()) made->generation = ModelVersion(generation);
    made->profile_version = version;
    made->items = {Candidate{first, 1.0F}, Candidate{first + 1, 0.25F}};
    made->computed_by = Source::kHybrid;
    made->generated_at_ms = 1'735'689'600'123;
    return made;
  }
  std::shared_ptr<const CachedList> find(const std::string& generation,
                                         std::uint64_t version_min = 0) {
    return cache().find(user_, ModelVersion(generation), version_min);
  }

  const UserId user_{"u1"};
  Harness harness_;
};

TYPED_TEST_SUITE_P(RecommendationCacheContract);

TYPED_TEST_P(RecommendationCacheContract, GivesBackWhatWasFilled) {
  EXPECT_EQ(this->find("g1"), nullptr);
  this->cache().fill(this->user_, this->list("g1", 3, 40));
  const auto found = this->find("g1", 3);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->items, this->list("g1", 3, 40)->items);
  EXPECT_EQ(found->profile_version, 3U);
  EXPECT_EQ(found->generation, ModelVersion("g1"));
  EXPECT_EQ(found->computed_by, Source::kHybrid);
  EXPECT_EQ(found->generated_at_ms, 1'735'689'600'123);
  EXPECT_EQ(this->cache().find(UserId("u2"), ModelVersion("g1"), 0), nullptr);
}

TYPED_TEST_P(RecommendationCacheContract, MissesForAnotherGenerationOrNone) {
  this->cache().fill(this->user_, this->list("g1", 3));
  EXPECT_EQ(this->find("g2"), nullptr);
  EXPECT_EQ(this->cache().find(this->user_, std::nullopt, 0), nullptr);
  this->cache().fill(UserId("u2"), this->list("", 1));
  EXPECT_NE(this->cache().find(UserId("u2"), std::nullopt, 0), nullptr);
  EXPECT_EQ(this->cache().find(UserId("u2"), ModelVersion("g1"), 0), nullptr);
}

TYPED_TEST_P(RecommendationCacheContract, MissesWhenTheListIsOlderThanAsked) {
  this->cache().fill(this->user_, this->list("g1", 3));
  EXPECT_NE(this->find("g1", 3), nullptr);
  EXPECT_EQ(this->find("g1", 4), nullptr);
}

TYPED_TEST_P(RecommendationCacheContract, MissesAfterABump) {
  this->cache().fill(this->user_, this->list("g1", 3));
  this->cache().bump(this->user_, 3);
  EXPECT_NE(this->find("g1"), nullptr) << "the list includes that version";
  this->cache().bump(this->user_, 4);
  EXPECT_EQ(this->find("g1"), nullptr);
}

TYPED_TEST_P(RecommendationCacheContract, DropsAFillThatABumpHasOvertaken) {
  this->cache().bump(this->user_, 7);
  this->cache().fill(this->user_, this->list("g1", 6));
  EXPECT_EQ(this->find("g1"), nullptr);
  this->cache().fill(this->user_, this->list("g1", 7));
  EXPECT_NE(this->find("g1"), nullptr);
  this->cache().bump(this->user_, 5);
  EXPECT_NE(this->find("g1"), nullptr) << "a late bump takes nothing back";
}

TYPED_TEST_P(RecommendationCacheContract, KeepsTheNewerOfTwoFills) {
  this->cache().fill(this->user_, this->list("g1", 8, 80));
  this->cache().fill(this->user_, this->list("g1", 6, 60));
  ASSERT_NE(this->find("g1", 8), nullptr);
  EXPECT_EQ(this->find("g1", 8)->items[0].movie, 80U);
  this->cache().fill(this->user_, this->list("g1", 9, 90));
  EXPECT_EQ(this->find("g1", 8)->items[0].movie, 90U);
}

TYPED_TEST_P(RecommendationCacheContract, MovesToAnotherGenerationWithTheNextFill) {
  this->cache().fill(this->user_, this->list("g1", 8));
  this->cache().fill(this->user_, this->list("g2", 8, 50));
  ASSERT_NE(this->find("g2"), nullptr);
  EXPECT_EQ(this->find("g2")->items[0].movie, 50U);
}

TYPED_TEST_P(RecommendationCacheContract, ForgetsEveryListOnClear) {
  this->cache().fill(this->user_, this->list("g1", 3));
  this->cache().fill(UserId("u2"), this->list("g1", 3));
  this->cache().clear();
  EXPECT_EQ(this->find("g1"), nullptr);
  EXPECT_EQ(this->cache().find(UserId("u2"), ModelVersion("g1"), 0), nullptr);
  this->cache().fill(this->user_, this->list("g1", 4));
  EXPECT_NE(this->find("g1"), nullptr);
}

TYPED_TEST_P(RecommendationCacheContract, CountsItsBytes) {
  const std::size_t before = this->cache().bytes();
  this->cache().fill(this->user_, this->list("g1", 3));
  EXPECT_GT(this->cache().bytes(), before);
}

REGISTER_TYPED_TEST_SUITE_P(RecommendationCacheContract, GivesBackWhatWasFilled,
                            MissesForAnotherGenerationOrNone, MissesWhenTheListIsOlderThanAsked,
                            MissesAfterABump, DropsAFillThatABumpHasOvertaken,
                            KeepsTheNewerOfTwoFills, MovesToAnotherGenerationWithTheNextFill,
                            ForgetsEveryListOnClear, CountsItsBytes);

}  // namespace marquee::testing
