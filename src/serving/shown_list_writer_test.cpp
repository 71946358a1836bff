#include "serving/shown_list_writer.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "testing/fake_recommendation_log.h"

namespace marquee::serving {
namespace {

using namespace std::chrono_literals;

ShownList list_of(int number) {
  ShownList list;
  list.list_id = ListId("list" + std::to_string(number));
  list.user_id = UserId("viewer");
  list.source = "popular";
  return list;
}

TEST(ShownListWriter, WritesEverythingBeforeItEnds) {
  marquee::testing::FakeRecommendationLog log;
  telemetry::Metrics metrics;
  {
    ShownListWriter writer(log, metrics, {});
    for (int i = 0; i < 1'000; ++i) writer.write(list_of(i));
  }
  EXPECT_EQ(log.lists().size(), 1'000U);
  EXPECT_EQ(metrics.counter("marquee_reclog_dropped_total", "").value(), 0.0);
}

TEST(ShownListWriter, CountsWhatItHadNoRoomFor) {
  marquee::testing::FakeRecommendationLog log;
  telemetry::Metrics metrics;
  constexpr int kLists = 500;
  {
    ShownListWriter::Options options;
    options.queue_max = 4;
    options.flush_interval = std::chrono::milliseconds(60'000);
    ShownListWriter writer(log, metrics, options);
    for (int i = 0; i < kLists; ++i) writer.write(list_of(i));
  }
  const auto dropped = metrics.counter("marquee_reclog_dropped_total", "").value();
  EXPECT_EQ(static_cast<double>(log.lists().size()) + dropped, kLists);
}

/// A log whose writes wait until it is opened.
class GatedLog final : public RecommendationLog {
 public:
  Result<void> append(std::span<const ShownList> lists) override {
    std::unique_lock lock(mutex_);
    entered_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    appended_ += lists.size();
    return {};
  }
  Result<ClickThrough> click_through() const override { return ClickThrough{}; }
  Result<std::vector<ShownList>> lists(const std::optional<ListId>& /*after*/,
                                       std::size_t /*limit*/) const override {
    return std::vector<ShownList>{};
  }

  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return entered_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  std::size_t appended() const {
    const std::lock_guard lock(mutex_);
    return appended_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool entered_ = false;
  bool open_ = false;
  std::size_t appended_ = 0;
};

double dropped(telemetry::Metrics& metrics) {
  return metrics.counter("marquee_reclog_dropped_total", "").value();
}

TEST(ShownListWriter, DropsExactlyWhatFindsTheQueueFullWhileTheLogIsBusy) {
  GatedLog log;
  telemetry::Metrics metrics;
  {
    ShownListWriter writer(log, metrics, {.queue_max = 4, .batch_max = 1, .flush_interval = 1ms});
    writer.write(list_of(0));
    log.wait_until_entered();  // with the first; the queue is empty again
    for (int i = 1; i <= 7; ++i) writer.write(list_of(i));
    EXPECT_EQ(dropped(metrics), 3.0);
    log.open();
  }
  EXPECT_EQ(log.appended(), 5U);
  EXPECT_EQ(dropped(metrics), 3.0) << "nothing more at the end";
}

TEST(ShownListWriter, WhatComesWhileABatchIsWrittenWaitsForTheNextOne) {
  GatedLog log;
  telemetry::Metrics metrics;
  {
    ShownListWriter writer(log, metrics, {.batch_max = 2, .flush_interval = 60'000ms});
    for (int i = 0; i < 2; ++i) writer.write(list_of(i));
    log.wait_until_entered();
    writer.write(list_of(2));
    log.open();
    std::this_thread::sleep_for(20ms);  // in which one that writes each list by itself would
    EXPECT_EQ(log.appended(), 2U);
  }
  EXPECT_EQ(log.appended(), 3U) << "all of it at the end";
}

TEST(ShownListWriter, ALogThatFailedIsTriedAgainAndNothingIsLostOrWrittenTwice) {
  marquee::testing::FakeRecommendationLog log;
  telemetry::Metrics metrics;
  log.fail_next_writes(3, Error{ErrorCode::kUnavailable, "away"});
  {
    ShownListWriter writer(log, metrics, {.batch_max = 2, .flush_interval = 1ms});
    for (int i = 0; i < 9; ++i) writer.write(list_of(i));
    for (int i = 0; i < 10'000 && log.lists().size() < 9; ++i) {
      std::this_thread::sleep_for(1ms);  // bounded wait for the writer's own thread
    }
  }
  const auto lists = log.lists();
  ASSERT_EQ(lists.size(), 9U);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    EXPECT_EQ(lists[i].list_id, list_of(static_cast<int>(i)).list_id) << "in order";
  }
  EXPECT_EQ(dropped(metrics), 0.0);
}

TEST(ShownListWriter, WhatALogThatStaysAwayDoesNotTakeIsCountedAsDropped) {
  marquee::testing::FakeRecommendationLog log;
  telemetry::Metrics metrics;
  log.fail_next_writes(1'000'000, Error{ErrorCode::kUnavailable, "away"});
  {
    ShownListWriter writer(log, metrics, {.batch_max = 2, .flush_interval = 60'000ms});
    for (int i = 0; i < 5; ++i) writer.write(list_of(i));
  }
  EXPECT_TRUE(log.lists().empty());
  EXPECT_EQ(dropped(metrics), 5.0);
}

}  // namespace
}  // namespace marquee::serving
