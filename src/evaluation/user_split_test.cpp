#include "evaluation/user_split.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "evaluation/taste_world_test.h"

namespace marquee::evaluation {
namespace {

std::size_t users_with_five(const models::InteractionMatrix& matrix) {
  std::size_t count = 0;
  for (std::size_t u = 0; u < matrix.user_ids.size(); ++u) {
    if (matrix.by_user.columns_of(u).size() >= 5) ++count;
  }
  return count;
}

TEST(UserSplit, HoldsOutATenthForValidationAndATenthForTest) {
  const auto matrix = taste_world(200, 60, 3, 1);
  const auto split = split_users(matrix, {.seed = 5});
  ASSERT_TRUE(split.ok());
  const std::size_t tenth = users_with_five(matrix) / 10;
  EXPECT_EQ(split->train.user_ids.size(), users_with_five(matrix) - 2 * tenth);
  EXPECT_LE(split->validation.size(), tenth);
  EXPECT_GE(split->validation.size(), 15U);
  EXPECT_LE(split->test.size(), tenth);
}

TEST(UserSplit, NeverHoldsOutMoreThanTheMaximum) {
  const auto matrix = taste_world(200, 60, 3, 1);
  const auto split = split_users(matrix, {.held_out_max = 7});
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->train.user_ids.size(), users_with_five(matrix) - 14);
}

TEST(UserSplit, HistoryAndTargetsAreDisjointAscendingAndAFifthIsTargets) {
  const auto split = split_users(taste_world(300, 80, 4, 2), {.seed = 9});
  ASSERT_TRUE(split.ok());
  for (const auto* group : {&split->validation, &split->test}) {
    for (const HeldOutUser& user : *group) {
      const std::size_t all = user.history.size() + user.targets.size();
      EXPECT_GE(all, 5U);
      EXPECT_EQ(user.targets.size(), all / 5);
      EXPECT_TRUE(std::is_sorted(user.history.begin(), user.history.end()));
      EXPECT_TRUE(std::is_sorted(user.targets.begin(), user.targets.end()));
      std::vector<std::uint32_t> both;
      std::set_intersection(user.history.begin(), user.history.end(), user.targets.begin(),
                            user.targets.end(), std::back_inserter(both));
      EXPECT_TRUE(both.empty());
      EXPECT_LT(user.targets.back(), split->train.item_ids.size());
      EXPECT_LT(user.history.back(), split->train.item_ids.size());
    }
  }
}

/// Every user likes the same `common` films and one film of their own.
models::InteractionMatrix one_film_of_their_own(std::size_t users, std::size_t common) {
  models::InteractionMatrixBuilder builder;
  std::uint64_t number = 0;
  for (std::size_t u = 0; u < users; ++u) {
    for (std::size_t i = 0; i <= common; ++i) {
      ++number;
      Event event;
      event.event_id = Uuid::v7_from(1, number, number);
      event.user_id = UserId(fmt::format("u{}", u));
      event.movie_id = MovieId(i < common ? fmt::format("m{}", i) : fmt::format("own{}", u));
      event.type = EventType::kLike;
      builder.add(event);
    }
  }
  return builder.build();
}

TEST(UserSplit, DropsHeldOutPositivesThatTrainingDoesNotKnow) {
  const auto split = split_users(one_film_of_their_own(50, 10), {});
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->train.item_ids.size(), 10U + 40U);
  ASSERT_EQ(split->test.size(), 5U);
  for (const HeldOutUser& user : split->test) {
    EXPECT_EQ(user.targets.size(), 2U);
    EXPECT_EQ(user.history.size(), 8U);
    for (const std::uint32_t item : user.history) {
      EXPECT_EQ(split->train.by_item.columns_of(item).size(), 40U);  // a common film
    }
  }
}

TEST(UserSplit, DropsAHeldOutUserWithTooFewPositivesLeft) {
  const auto split = split_users(one_film_of_their_own(50, 4), {});
  ASSERT_TRUE(split.ok());
  EXPECT_TRUE(split->test.empty());
  EXPECT_TRUE(split->validation.empty());
}

TEST(UserSplit, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto matrix = taste_world(150, 50, 3, 3);
  const auto first = split_users(matrix, {.seed = 1});
  const auto again = split_users(matrix, {.seed = 1});
  const auto other = split_users(matrix, {.seed = 2});
  EXPECT_EQ(first->train, again->train);
  EXPECT_EQ(first->test, again->test);
  EXPECT_EQ(first->validation, again->validation);
  EXPECT_NE(first->train.user_ids, other->train.user_ids);
}

TEST(UserSplit, LeavesUsersWithFewPositivesOut) {
  const auto matrix = taste_world(150, 50, 3, 4);
  const auto split = split_users(matrix, {.positives_min = 8});
  ASSERT_TRUE(split.ok());
  for (std::size_t u = 0; u < split->train.user_ids.size(); ++u) {
    EXPECT_GE(split->train.by_user.columns_of(u).size(), 8U);
  }
}

TEST(UserSplit, RefusesTooFewUsersAndSaysHowManyThereAre) {
  const auto refused = split_users(taste_world(6, 30, 2, 5), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(split_users({}, {}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(split_users(taste_world(60, 30, 2, 5), {.held_out_share = 0.5}).error().code,
            ErrorCode::kFailedPrecondition);
}

TEST(SelectUsers, KeepsTheirPositivesByIdAndDropsItemsNobodyHas) {
  const auto matrix = taste_world(20, 40, 2, 6);
  const std::vector<std::uint32_t> users{11, 3, 7};
  const auto selected = select_users(matrix, users);
  EXPECT_EQ(selected.user_ids, (std::vector<std::string>{matrix.user_ids[3], matrix.user_ids[7],
                                                         matrix.user_ids[11]}));
  const std::uint32_t sources[] = {3, 7, 11};
  for (std::size_t u = 0; u < 3; ++u) {
    std::vector<std::string> expected;
    for (const auto item : matrix.by_user.columns_of(sources[u])) {
      expected.push_back(matrix.item_ids[item]);
    }
    std::vector<std::string> kept;
    for (const auto item : selected.by_user.columns_of(u)) kept.push_back(selected.item_ids[item]);
    EXPECT_EQ(kept, expected);
  }
  for (std::size_t i = 0; i < selected.item_ids.size(); ++i) {
    EXPECT_FALSE(selected.by_item.columns_of(i).empty());
  }
}

}  // namespace
}  // namespace marquee::evaluation
