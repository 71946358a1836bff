#include "models/content_prior.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace marquee::models {
namespace {

using Features = std::vector<std::string>;

struct Item {
  Features features;
  std::vector<float> vector;
};

ContentPrior prior_of(const std::vector<Item>& items, std::size_t k) {
  ContentPrior prior(k);
  for (const Item& item : items) prior.add(item.features, item.vector);
  return prior;
}

/// The formula of the header, item by item and feature by feature.
std::vector<double> slow_direction(const std::vector<Item>& items, const Features& features,
                                   std::size_t k) {
  std::vector<std::vector<double>> unit;
  for (const Item& item : items) {
    double squares = 0;
    for (const float value : item.vector) squares += double{value} * double{value};
    unit.emplace_back();
    for (const float value : item.vector) unit.back().push_back(double{value} / std::sqrt(squares));
  }
  std::vector<double> mean(k, 0), result(k, 0);
  for (const auto& y : unit) {
    for (std::size_t d = 0; d < k; ++d) mean[d] += y[d] / static_cast<double>(unit.size());
  }
  for (const std::string& feature : features) {
    std::vector<double> sum(k, 0);
    double count = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (std::count(items[i].features.begin(), items[i].features.end(), feature) == 0) continue;
      ++count;
      for (std::size_t d = 0; d < k; ++d) sum[d] += unit[i][d] - mean[d];
    }
    if (count == 0) continue;
    const double weight = std::log(1 + static_cast<double>(items.size()) / count);
    for (std::size_t d = 0; d < k; ++d) result[d] += weight * sum[d] / (count + 2);
  }
  double squares = 0;
  for (const double value : result) squares += value * value;
  for (double& value : result) value /= std::sqrt(squares);
  return result;
}

TEST(ContentPrior, AgreesWithTheFormulaWrittenOutSlowly) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    const std::size_t k = 1 + rng.below(9);
    std::vector<Item> items(5 + rng.below(60));
    for (Item& item : items) {
      std::set<std::string> features;
      for (std::uint64_t f = rng.below(5); f > 0; --f) {
        features.insert("f" + std::to_string(rng.below(12)));
      }
      item.features.assign(features.begin(), features.end());
      for (std::size_t d = 0; d < k; ++d) {
        item.vector.push_back(static_cast<float>(rng.normal() + 0.3));
      }
    }
    const Features asked{"f1", "f3", "f11", "never met"};
    const auto fast = prior_of(items, k).direction_of(asked);
    if (fast.empty()) continue;  // k = 1: all directions are the mean, or nothing is shared
    const auto slow = slow_direction(items, asked, k);
    for (std::size_t d = 0; d < k; ++d) EXPECT_NEAR(double{fast[d]}, slow[d], 1e-4) << seed;
  }
}

TEST(ContentPrior, PointsWhereItemsOfTheSameFeaturePoint) {
  const auto prior = prior_of({{{"a"}, {1, 0}}, {{"a"}, {2, 0.1F}}, {{"b"}, {0, 5}}}, 2);
  const auto a = prior.direction_of(Features{"a"});
  const auto b = prior.direction_of(Features{"b"});
  ASSERT_EQ(a.size(), 2U);
  EXPECT_GT(a[0], 0.5F);
  EXPECT_LT(a[1], 0.0F) << "away from what others are";
  EXPECT_GT(b[1], 0.5F);
  EXPECT_NEAR(a[0] * a[0] + a[1] * a[1], 1.0F, 1e-5F);
}

TEST(ContentPrior, ARareFeatureSpeaksLouderThanAFrequentOne) {
  std::vector<Item> items;
  for (int i = 0; i < 50; ++i) items.push_back({{"drama"}, {1, 0, 0}});
  for (int i = 0; i < 50; ++i) items.push_back({{"comedy"}, {0, 0, 1}});
  for (int i = 0; i < 4; ++i) items.push_back({{"potter"}, {0, 1, 0}});
  const auto direction = prior_of(items, 3).direction_of(Features{"drama", "potter"});
  ASSERT_EQ(direction.size(), 3U);
  EXPECT_GT(direction[1], direction[0]);
}

TEST(ContentPrior, SaysNothingWhereNothingIsKnown) {
  const ContentPrior empty(3);
  EXPECT_TRUE(empty.direction_of(Features{"a"}).empty());
  const auto one = prior_of({{{"a"}, {1, 2, 3}}}, 3);
  EXPECT_TRUE(one.direction_of(Features{"b"}).empty());
  EXPECT_TRUE(one.direction_of(Features{}).empty());
  EXPECT_TRUE(one.direction_of(Features{"a"}).empty()) << "the only item is the mean";
  const auto zero = prior_of({{{"a"}, {0, 0, 0}}}, 3);
  EXPECT_TRUE(zero.direction_of(Features{"a"}).empty());
}

}  // namespace
}  // namespace marquee::models
