#pragma once

#include <string>

#include <gtest/gtest.h>

#include "ports/live_feed.h"

namespace marquee::testing {

/// Goal: the newest list of each viewer comes back as it was put.
/// Harness: `LiveFeed& store()`.
template <typename Harness>
class LiveFeedContract : public ::testing::Test {
 protected:
  static LiveList list(std::uint64_t version, const std::string& film) {
    return {ModelVersion("als_1"), version, "0123", {{MovieId(film), 0.75F}, {MovieId("z"), 0.5F}}};
  }
  std::optional<LiveList> find(const std::string& user) {
    return harness_.store().find(UserId(user)).value();
  }

  Harness harness_;
};
TYPED_TEST_SUITE_P(LiveFeedContract);

TYPED_TEST_P(LiveFeedContract, AListComesBackAsItWasPut) {
  EXPECT_EQ(this->find("ann"), std::nullopt);
  ASSERT_TRUE(this->harness_.store()
                  .put({{UserId("ann"), this->list(3, "a")}, {UserId("bob"), this->list(9, "b")}})
                  .ok());
  EXPECT_EQ(this->find("ann"), this->list(3, "a"));
  EXPECT_EQ(this->find("bob"), this->list(9, "b"));
  ASSERT_TRUE(this->harness_.store().put({}).ok());
}

TYPED_TEST_P(LiveFeedContract, OfAViewerTheNewestVersionStays) {
  auto& feed = this->harness_.store();
  ASSERT_TRUE(feed.put({{UserId("ann"), this->list(3, "a")}}).ok());
  ASSERT_TRUE(feed.put({{UserId("ann"), this->list(4, "b")}}).ok());
  ASSERT_TRUE(feed.put({{UserId("ann"), this->list(3, "late")}}).ok());
  EXPECT_EQ(this->find("ann"), this->list(4, "b"));
  LiveList newer_model = this->list(4, "c");
  newer_model.generation = ModelVersion("als_2");
  ASSERT_TRUE(feed.put({{UserId("ann"), newer_model}}).ok());
  EXPECT_EQ(this->find("ann"), newer_model);
}

TYPED_TEST_P(LiveFeedContract, AnEmptyListIsAList) {
  LiveList nothing = this->list(1, "a");
  nothing.items.clear();
  ASSERT_TRUE(this->harness_.store().put({{UserId("ann"), nothing}}).ok());
  EXPECT_EQ(this->find("ann"), nothing);
}

REGISTER_TYPED_TEST_SUITE_P(LiveFeedContract, AListComesBackAsItWasPut,
                            OfAViewerTheNewestVersionStays, AnEmptyListIsAList);

}  // namespace marquee::testing
