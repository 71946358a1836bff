#include "adapters/kafka/topic_ends.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/foreign_producer_fixture.h"
#include "adapters/kafka/mock_cluster_fixture.h"

namespace marquee::kafka {
namespace {

using namespace std::chrono_literals;

class TopicEndsTest : public ::testing::Test {
 protected:
  TopicEndsTest() {
    auto client = ClientConfig(cluster_.options()).make_consumer("g");
    EXPECT_TRUE(client.ok());
    client_ = *std::move(client);
  }

  MockCluster cluster_{2};
  ForeignProducer other_{cluster_.options()};
  Client client_;
};

TEST_F(TopicEndsTest, WhatOthersWroteIsSeenSoon) {
  TopicEnds ends(client_.get(), "movie-events", 2);
  ASSERT_TRUE(ends.wait_for_answer(10s).ok());
  EXPECT_EQ(ends.end(), Cursor{});
  other_.send({1, "u", "x"});
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (ends.end().next(1) == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(ends.end().next(1), 1U);
  EXPECT_EQ(ends.begin(), Cursor{});
  EXPECT_TRUE(ends.health().ok());
}

TEST_F(TopicEndsTest, WhatThisProcessWroteIsKnownWithoutAsking) {
  TopicEnds ends(client_.get(), "movie-events", 2);
  ends.note_end(0, 5);
  ends.note_end(0, 3);
  EXPECT_EQ(ends.known_end(0), 5U);
  EXPECT_EQ(ends.known_end(1), 0U);
}

TEST_F(TopicEndsTest, MostQuestionsCostNoRoundTrip) {
  TopicEnds ends(client_.get(), "movie-events", 2);
  ASSERT_TRUE(ends.wait_for_answer(10s).ok());
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100'000; ++i) (void)ends.end();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s) << "each would take 0.1 ms at least";
}

TEST_F(TopicEndsTest, ATopicThatBecomesShorterIsDataLoss) {
  other_.send({0, "u", "x"});
  TopicEnds ends(client_.get(), "movie-events", 2);
  ends.note_end(0, 5);
  const auto refreshed = ends.refresh(10s);
  ASSERT_FALSE(refreshed.ok());
  EXPECT_EQ(refreshed.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(refreshed.error().message.find("ends at k:0:1 but k:0:4 was there"), std::string::npos)
      << refreshed.error().message;
  EXPECT_FALSE(ends.health().ok());
}

TEST_F(TopicEndsTest, ABrokerThatIsAwayLeavesWhatIsKnownAndHoldsNobodyUpForLong) {
  other_.send({0, "u", "x"});
  TopicEnds ends(client_.get(), "movie-events", 2);
  ASSERT_TRUE(ends.wait_for_answer(10s).ok());
  cluster_.take_down();
  std::this_thread::sleep_for(TopicEnds::kFresh);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ends.end().next(0), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 15s) << "not a time-out for each";
  std::this_thread::sleep_for(TopicEnds::kRetryAfter);
  ends.refresh_if_older(TopicEnds::kRetryAfter);
  EXPECT_FALSE(ends.health().ok());
}

}  // namespace
}  // namespace marquee::kafka
