#include "serving/shown_list_writer.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/fake_recommendation_log.h"

namespace marquee::serving {
namespace {

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

}  // namespace
}  // namespace marquee::serving
