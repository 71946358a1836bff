#pragma once

#include <string>

#include <gtest/gtest.h>

#include "ports/model_registry.h"

namespace marquee::testing {

/// What every ModelRegistry must do. `Harness` is default-constructible with an empty registry and
/// has   ModelRegistry& store();
template <typename Harness>
class ModelRegistryContract : public ::testing::Test {
 protected:
  ModelRegistry& registry() { return harness_.store(); }
  void add(const std::string& version, std::int64_t created_at_ms) {
    ASSERT_TRUE(
        registry()
            .add(ModelRecord{ModelVersion(version), created_at_ms, R"({"rank":64})", std::nullopt})
            .ok());
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(ModelRegistryContract);

TYPED_TEST_P(ModelRegistryContract, StartsWithoutModels) {
  EXPECT_TRUE(this->registry().list()->empty());
  EXPECT_FALSE(this->registry().current()->has_value());
  EXPECT_FALSE(this->registry().previous()->has_value());
}

TYPED_TEST_P(ModelRegistryContract, ListsNewestFirst) {
  this->add("als_b", 200);
  this->add("als_c", 100);
  this->add("als_a", 300);
  const auto models = this->registry().list();
  ASSERT_EQ(models->size(), 3U);
  EXPECT_EQ((*models)[0].version.value(), "als_a");
  EXPECT_EQ((*models)[2],
            (ModelRecord{ModelVersion("als_c"), 100, R"({"rank":64})", std::nullopt}));
}

TYPED_TEST_P(ModelRegistryContract, PromotesAndRemembersThePreviousOne) {
  this->add("a", 1);
  this->add("b", 2);
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 50).ok());
  EXPECT_EQ(*this->registry().current(), ModelVersion("a"));
  EXPECT_FALSE(this->registry().previous()->has_value());
  ASSERT_TRUE(this->registry().promote(ModelVersion("b"), 60).ok());
  EXPECT_EQ(*this->registry().current(), ModelVersion("b"));
  EXPECT_EQ(*this->registry().previous(), ModelVersion("a"));
  EXPECT_EQ((*this->registry().list())[0].promoted_at_ms, 60);
}

TYPED_TEST_P(ModelRegistryContract, RollsBackByPromotingThePreviousOne) {
  this->add("a", 1);
  this->add("b", 2);
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 50).ok());
  ASSERT_TRUE(this->registry().promote(ModelVersion("b"), 60).ok());
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 70).ok());
  EXPECT_EQ(*this->registry().current(), ModelVersion("a"));
  EXPECT_EQ(*this->registry().previous(), ModelVersion("b"));
}

TYPED_TEST_P(ModelRegistryContract, ChangesNothingWhenTheCurrentOneIsPromoted) {
  this->add("a", 1);
  this->add("b", 2);
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 50).ok());
  ASSERT_TRUE(this->registry().promote(ModelVersion("b"), 60).ok());
  ASSERT_TRUE(this->registry().promote(ModelVersion("b"), 99).ok());
  EXPECT_EQ(*this->registry().previous(), ModelVersion("a"));
  EXPECT_EQ((*this->registry().list())[0].promoted_at_ms, 60);
}

TYPED_TEST_P(ModelRegistryContract, RefusesAnUnknownVersionAndKeepsThePointer) {
  this->add("a", 1);
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 50).ok());
  const auto outcome = this->registry().promote(ModelVersion("b"), 60);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*this->registry().current(), ModelVersion("a"));
}

TYPED_TEST_P(ModelRegistryContract, ReplacesARecordAndKeepsWhenItWasPromoted) {
  this->add("a", 1);
  ASSERT_TRUE(this->registry().promote(ModelVersion("a"), 50).ok());
  ASSERT_TRUE(
      this->registry().add(ModelRecord{ModelVersion("a"), 2, R"({"k":8})", std::nullopt}).ok());
  const auto models = this->registry().list();
  ASSERT_EQ(models->size(), 1U);
  EXPECT_EQ((*models)[0], (ModelRecord{ModelVersion("a"), 2, R"({"k":8})", 50}));
  EXPECT_EQ(*this->registry().current(), ModelVersion("a"));
}

REGISTER_TYPED_TEST_SUITE_P(ModelRegistryContract, StartsWithoutModels, ListsNewestFirst,
                            PromotesAndRemembersThePreviousOne, RollsBackByPromotingThePreviousOne,
                            ChangesNothingWhenTheCurrentOneIsPromoted,
                            RefusesAnUnknownVersionAndKeepsThePointer,
                            ReplacesARecordAndKeepsWhenItWasPromoted);

}  // namespace marquee::testing
