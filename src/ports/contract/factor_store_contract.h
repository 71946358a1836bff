#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/factor_store.h"

namespace marquee::testing {

/// What every FactorStore must do. `Harness` is default-constructible with an empty store and has
///   FactorStore& store();
template <typename Harness>
class FactorStoreContract : public ::testing::Test {
 protected:
  using Film = std::pair<MovieId, std::vector<float>>;
  using IfPresent = FactorStore::IfPresent;

  FactorStore& store() { return harness_.store(); }

  static FactorStore::Factors factors_of(std::vector<Film> films) {
    return
        [films = std::move(films), next = std::size_t{0}]() mutable -> Result<std::optional<Film>> {
          return next < films.size() ? std::optional(films[next++]) : std::optional<Film>();
        };
  }
  static std::vector<Film> films(std::size_t count, std::size_t dimensions) {
    std::vector<Film> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.emplace_back(MovieId("m" + std::to_string(i)),
                        std::vector<float>(dimensions, 0.5F + static_cast<float>(i)));
    }
    return made;
  }
  Result<void> write(const std::string& generation, std::size_t count, std::size_t dimensions,
                     IfPresent if_present = IfPresent::kReplace) {
    return store().write(ModelVersion(generation), dimensions, factors_of(films(count, dimensions)),
                         if_present);
  }
  std::vector<FactorGeneration> present() {
    auto generations = store().generations();
    EXPECT_TRUE(generations.ok());
    return generations.ok() ? *generations : std::vector<FactorGeneration>{};
  }

 private:
  Harness harness_;
};

TYPED_TEST_SUITE_P(FactorStoreContract);

TYPED_TEST_P(FactorStoreContract, KeepsGenerationsSideBySide) {
  EXPECT_TRUE(this->present().empty());
  ASSERT_TRUE(this->write("g2", 3, 2).ok());
  ASSERT_TRUE(this->write("g1", 2, 5).ok());
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 5, 2},
                                                            {ModelVersion("g2"), 2, 3}}));
}

TYPED_TEST_P(FactorStoreContract, AGenerationWithoutFilmsIsThere) {
  ASSERT_TRUE(this->write("g1", 0, 4).ok());
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 4, 0}}));
}

TYPED_TEST_P(FactorStoreContract, ReplacesOrKeepsWhatIsThereAsItIsTold) {
  using enum FactorStore::IfPresent;
  ASSERT_TRUE(this->write("g1", 2, 3, kKeep).ok()) << "nothing is there yet";
  ASSERT_TRUE(this->write("g1", 9, 4, kKeep).ok());
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 3, 2}}));
  ASSERT_TRUE(this->write("g1", 9, 4, kReplace).ok());
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 4, 9}}));
}

TYPED_TEST_P(FactorStoreContract, AsksForNoFactorsWhenItKeepsWhatIsThere) {
  ASSERT_TRUE(this->write("g1", 2, 3).ok());
  int asked = 0;
  const FactorStore::Factors counted =
      [&]() -> Result<std::optional<std::pair<MovieId, std::vector<float>>>> {
    ++asked;
    return std::optional<std::pair<MovieId, std::vector<float>>>();
  };
  ASSERT_TRUE(
      this->store().write(ModelVersion("g1"), 3, counted, FactorStore::IfPresent::kKeep).ok());
  EXPECT_EQ(asked, 0);
}

TYPED_TEST_P(FactorStoreContract, DropsOneGenerationAndNoOther) {
  ASSERT_TRUE(this->write("g1", 2, 3).ok());
  ASSERT_TRUE(this->write("g2", 2, 3).ok());
  ASSERT_TRUE(this->store().drop(ModelVersion("g1")).ok());
  ASSERT_TRUE(this->store().drop(ModelVersion("g1")).ok()) << "there is none any more";
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g2"), 3, 2}}));
}

TYPED_TEST_P(FactorStoreContract, ARefusedWriteLeavesWhatWasThere) {
  using Suite = FactorStoreContract<TypeParam>;
  const auto refused = [&](std::size_t dimensions, std::vector<typename Suite::Film> films) {
    const auto outcome =
        this->store().write(ModelVersion("g1"), dimensions, Suite::factors_of(std::move(films)),
                            FactorStore::IfPresent::kReplace);
    return !outcome.ok() && outcome.error().code == ErrorCode::kInvalidArgument;
  };
  ASSERT_TRUE(this->write("g1", 1, 1).ok());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(refused(1, {{MovieId("a"), {1}}, {MovieId("b"), {1, 2}}}));
  EXPECT_TRUE(refused(1, {{MovieId("a"), {1}}, {MovieId("a"), {2}}}));
  EXPECT_TRUE(refused(1, {{MovieId("a"), {nan}}}));
  EXPECT_TRUE(refused(0, {}));
  EXPECT_TRUE(refused(FactorStore::kDimensionsMax + 1, {}));
  EXPECT_EQ(this->present(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 1, 1}}));
  EXPECT_FALSE(this->write("x' OR '1'='1", 1, 1).ok());
}

TYPED_TEST_P(FactorStoreContract, AnErrorOfTheSourceEndsTheWriteAndLeavesNothing) {
  const FactorStore::Factors failing =
      []() -> Result<std::optional<std::pair<MovieId, std::vector<float>>>> {
    return Error{ErrorCode::kDataLoss, "the source is damaged"};
  };
  const auto outcome =
      this->store().write(ModelVersion("g1"), 2, failing, FactorStore::IfPresent::kReplace);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kDataLoss);
  EXPECT_TRUE(this->present().empty());
}

REGISTER_TYPED_TEST_SUITE_P(FactorStoreContract, KeepsGenerationsSideBySide,
                            AGenerationWithoutFilmsIsThere, ReplacesOrKeepsWhatIsThereAsItIsTold,
                            AsksForNoFactorsWhenItKeepsWhatIsThere, DropsOneGenerationAndNoOther,
                            ARefusedWriteLeavesWhatWasThere,
                            AnErrorOfTheSourceEndsTheWriteAndLeavesNothing);

}  // namespace marquee::testing
