#include "models/factor_model.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace marquee::models {
namespace {

FactorTable table(std::vector<std::string> ids, std::vector<float> values, std::size_t k = 2) {
  return {k, std::move(ids), std::move(values)};
}

IalsParameters of_rank(std::int32_t rank) {
  IalsParameters parameters;
  parameters.rank = rank;
  return parameters;
}

Result<FactorModel> make(FactorTable items, FactorTable users, std::int32_t rank = 2) {
  return FactorModel::make(ModelVersion("als_test"), of_rank(rank), std::move(items),
                           std::move(users));
}

void expect_refused(const Result<FactorModel>& result, const std::string& word) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(result.error().message.find(word), std::string::npos) << result.error().message;
}

TEST(FactorModel, FindsItemsByIdAndKnowsTheirGramian) {
  const auto model = make(table({"a", "c"}, {1, 2, 3, 4}), table({"u"}, {5, 6}));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->k(), 2U);
  EXPECT_EQ(model->item_row("c"), 1U);
  EXPECT_EQ(model->item_row("b"), std::nullopt);
  EXPECT_EQ(model->item_row("d"), std::nullopt);
  EXPECT_EQ(model->items().row(1)[0], 3);
  const auto gramian = model->item_gramian();
  EXPECT_EQ(std::vector<float>(gramian.begin(), gramian.end()),
            (std::vector<float>{10, 14, 14, 20}));
}

TEST(FactorModel, RefusesSizesThatDisagree) {
  expect_refused(make(table({"a"}, {1, 2, 3}), table({"u"}, {5, 6})), "item factors");
  expect_refused(make(table({"a"}, {1, 2}), table({"u"}, {5})), "user factors");
  expect_refused(make(table({"a"}, {1, 2}), table({"u"}, {5}, 1)), "rank");
  expect_refused(make(table({"a"}, {1, 2}), table({"u"}, {5, 6}), 3), "rank");
}

TEST(FactorModel, RefusesIdsThatAreNotStrictlyAscending) {
  expect_refused(make(table({"b", "a"}, {1, 2, 3, 4}), table({"u"}, {5, 6})), "'b'");
  expect_refused(make(table({"a"}, {1, 2}), table({"u", "u"}, {5, 6, 7, 8})), "user");
}

TEST(FactorModel, RefusesNanAndInfinityAndNamesTheRow) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    expect_refused(make(table({"a", "b"}, {1, 2, 3, broken}), table({"u"}, {5, 6})), "'b'");
    expect_refused(make(table({"a"}, {1, 2}), table({"u"}, {broken, 6})), "'u'");
  }
}

TEST(IalsParameters, OutOfRangeAreRefusedByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(check_parameters({}).ok());
  const std::pair<const char*, IalsParameters> broken[] = {
      {"rank", of_rank(0)},
      {"rank", of_rank(100'000)},
      {"epochs", {.epochs = 0}},
      {"unobserved_weight", {.unobserved_weight = -1}},
      {"unobserved_weight", {.unobserved_weight = nan}},
      {"regularization", {.regularization = -0.1F}},
      {"regularization_exp", {.regularization_exp = nan}},
      {"init_stdev", {.init_stdev = 0}},
  };
  for (const auto& [name, parameters] : broken) {
    const auto refused = check_parameters(parameters);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_NE(refused.error().message.find(name), std::string::npos);
  }
}

TEST(IalsParameters, TheRidgeGrowsWithTheFrequencyToThePowerNu) {
  IalsParameters parameters{.unobserved_weight = 0.5F, .regularization = 0.25F};
  EXPECT_FLOAT_EQ(ridge_of(parameters, 3, 10), 0.25F * 8);
  parameters.regularization_exp = 0.5F;
  EXPECT_FLOAT_EQ(ridge_of(parameters, 3, 10), 0.25F * std::sqrt(8.0F));
  parameters.regularization_exp = 0;
  EXPECT_FLOAT_EQ(ridge_of(parameters, 3, 10), 0.25F);
}

}  // namespace
}  // namespace marquee::models
