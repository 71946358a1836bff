#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/feed_store.h"

namespace marquee::testing {

/// What every FeedStore must do. `Harness` is default-constructible with an empty store and has
///   FeedStore& store();
template <typename Harness>
class FeedStoreContract : public ::testing::Test {
 protected:
  using Row = std::pair<UserId, std::vector<ScoredMovie>>;

  FeedStore& store() { return harness_.store(); }

  /// Hands out `rows`, then fails with `then_fail` when there is one.
  static FeedStore::Lists lists_of(std::vector<Row> rows,
                                   std::optional<Error> then_fail = std::nullopt) {
    return [rows = std::move(rows), then_fail,
            next = std::size_t{0}]() mutable -> Result<std::optional<Row>> {
      if (next < rows.size()) return std::optional(rows[next++]);
      if (then_fail) return *then_fail;
      return std::optional<Row>();
    };
  }
  static Row row(const std::string& user, std::vector<ScoredMovie> items) {
    return {UserId(user), std::move(items)};
  }
  static std::vector<ScoredMovie> items(const std::string& first) {
    return {{MovieId(first), 0.9F}, {MovieId("m:2"), 1.0F / 3.0F}, {MovieId("m.3"), 0.0F}};
  }
  std::vector<ScoredMovie> find(const std::string& generation, const std::string& user) {
    auto found = store().find(ModelVersion(generation), UserId(user));
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : std::vector<ScoredMovie>{};
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(FeedStoreContract);

TYPED_TEST_P(FeedStoreContract, GivesBackEachViewersListExactly) {
  using Suite = FeedStoreContract<TypeParam>;
  ASSERT_TRUE(this->store()
                  .put(ModelVersion("g1"),
                       Suite::lists_of({Suite::row("u1", Suite::items("a")),
                                        Suite::row("u2", Suite::items("b")), Suite::row("u3", {})}))
                  .ok());
  EXPECT_EQ(this->find("g1", "u1"), Suite::items("a"));
  EXPECT_EQ(this->find("g1", "u2"), Suite::items("b"));
  EXPECT_TRUE(this->find("g1", "u3").empty());
  EXPECT_TRUE(this->find("g1", "nobody").empty());
  EXPECT_TRUE(this->find("other", "u1").empty());
}

TYPED_TEST_P(FeedStoreContract, KeepsGenerationsApart) {
  using Suite = FeedStoreContract<TypeParam>;
  for (const std::string generation : {"g2", "g1"}) {
    ASSERT_TRUE(this->store()
                    .put(ModelVersion(generation),
                         Suite::lists_of({Suite::row("u1", Suite::items(generation))}))
                    .ok());
  }
  EXPECT_EQ(this->find("g1", "u1"), Suite::items("g1"));
  EXPECT_EQ(this->find("g2", "u1"), Suite::items("g2"));
  EXPECT_EQ(*this->store().generations(),
            (std::vector<ModelVersion>{ModelVersion("g1"), ModelVersion("g2")}));
}

TYPED_TEST_P(FeedStoreContract, ShowsNothingOfABrokenPut) {
  using Suite = FeedStoreContract<TypeParam>;
  std::vector<typename Suite::Row> rows;
  for (int i = 0; i < 1'500; ++i) rows.push_back(Suite::row("u" + std::to_string(i), {}));
  rows.push_back(Suite::row("last", Suite::items("a")));
  const auto outcome = this->store().put(
      ModelVersion("g1"), Suite::lists_of(rows, Error{ErrorCode::kUnavailable, "source broke"}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(this->find("g1", "last").empty());
  EXPECT_TRUE(this->store().generations()->empty());
  ASSERT_TRUE(this->store().put(ModelVersion("g1"), Suite::lists_of(rows)).ok());
  EXPECT_EQ(this->find("g1", "last"), Suite::items("a"));
}

TYPED_TEST_P(FeedStoreContract, RefusesTwoListsOfOneViewer) {
  using Suite = FeedStoreContract<TypeParam>;
  const auto outcome = this->store().put(
      ModelVersion("g1"), Suite::lists_of({Suite::row("u1", {}), Suite::row("u1", {})}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(this->store().generations()->empty());
}

TYPED_TEST_P(FeedStoreContract, ReplacesAGenerationWholeWhenItIsPutAgain) {
  using Suite = FeedStoreContract<TypeParam>;
  const ModelVersion g("g1");
  ASSERT_TRUE(this->store()
                  .put(g, Suite::lists_of({Suite::row("u1", Suite::items("old")),
                                           Suite::row("gone", Suite::items("old"))}))
                  .ok());
  ASSERT_FALSE(this->store()
                   .put(g, Suite::lists_of({Suite::row("u1", Suite::items("half"))},
                                           Error{ErrorCode::kInternal, "broke"}))
                   .ok());
  EXPECT_EQ(this->find("g1", "u1"), Suite::items("old"));
  ASSERT_TRUE(this->store().put(g, Suite::lists_of({Suite::row("u1", Suite::items("new"))})).ok());
  EXPECT_EQ(this->find("g1", "u1"), Suite::items("new"));
  EXPECT_TRUE(this->find("g1", "gone").empty());
  EXPECT_EQ(this->store().generations()->size(), 1U);
}

TYPED_TEST_P(FeedStoreContract, KnowsAGenerationWithoutLists) {
  using Suite = FeedStoreContract<TypeParam>;
  ASSERT_TRUE(this->store().put(ModelVersion("empty"), Suite::lists_of({})).ok());
  EXPECT_EQ(this->store().generations()->size(), 1U);
}

TYPED_TEST_P(FeedStoreContract, DropsOneGenerationAndOnlyThat) {
  using Suite = FeedStoreContract<TypeParam>;
  for (const std::string generation : {"g1", "g2"}) {
    ASSERT_TRUE(this->store()
                    .put(ModelVersion(generation),
                         Suite::lists_of({Suite::row("u1", Suite::items(generation))}))
                    .ok());
  }
  ASSERT_TRUE(this->store().drop(ModelVersion("g1")).ok());
  ASSERT_TRUE(this->store().drop(ModelVersion("never was")).ok());
  EXPECT_TRUE(this->find("g1", "u1").empty());
  EXPECT_EQ(this->find("g2", "u1"), Suite::items("g2"));
  EXPECT_EQ(*this->store().generations(), (std::vector<ModelVersion>{ModelVersion("g2")}));
}

REGISTER_TYPED_TEST_SUITE_P(FeedStoreContract, GivesBackEachViewersListExactly,
                            KeepsGenerationsApart, ShowsNothingOfABrokenPut,
                            RefusesTwoListsOfOneViewer, ReplacesAGenerationWholeWhenItIsPutAgain,
                            KnowsAGenerationWithoutLists, DropsOneGenerationAndOnlyThat);

}  // namespace marquee::testing
