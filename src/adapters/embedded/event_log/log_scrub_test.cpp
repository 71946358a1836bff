// Goal: rot anywhere in the log is found and named while the log is in use, and nothing else is
// taken for it.

#include "adapters/embedded/event_log/log_scrub.h"

#include <future>
#include <limits>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_directory_for_test.h"
#include "adapters/embedded/event_log/segment_log.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using marquee::testing::EventBuilder;
using marquee::testing::ManualClock;
using ::testing::HasSubstr;

class LogScrubTest : public ::testing::Test {
 protected:
  LogScrubTest() {
    SegmentLog::Options options;
    options.writer.directory = kDirectory;
    options.writer.segment_bytes_max = 2'000;
    options.writer.grow_bytes = 512;
    log_ = *SegmentLog::open(options, nullptr, clock_, disk_);
    append(60);
  }
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      std::promise<void> done;
      log_->append({EventBuilder("u", "m").id(next_++).pending()},
                   [&](const auto&) { done.set_value(); });
      done.get_future().get();
    }
  }
  std::unique_ptr<LogScrub> scrub(std::uint64_t bytes_per_s = 1ULL << 30) {
    auto scrub = std::make_unique<LogScrub>(
        log_->segments(), [this] { return log_->end().next(Offset::kEmbedded); }, disk_, clock_,
        metrics_, LogScrub::Options{kDirectory, bytes_per_s, std::chrono::seconds(0)});
    return scrub;
  }
  double value(const std::string& name) { return metrics_.samples(name).at(0).value; }
  /// Until so many whole passes have begun and ended from now on.
  void wait_for_passes(int passes) {
    const double wanted = value("marquee_log_scrub_passes_total") + passes;
    while (value("marquee_log_scrub_passes_total") < wanted) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  Result<void> check(std::size_t index) {
    const auto segments = log_->segments().all();
    const bool sealed = index + 1 < segments.size();
    return check_segment(disk_, kDirectory, segments[index].header.first_offset,
                         sealed ? segments[index + 1].header.first_offset : 60, sealed,
                         [](auto) { return true; });
  }

  SimulatedDisk disk_{1};
  ManualClock clock_;
  telemetry::Metrics metrics_;
  std::uint64_t next_ = 0;
  std::unique_ptr<SegmentLog> log_;
};

TEST_F(LogScrubTest, EveryBitOfASegmentCounts) {
  const auto segments = log_->segments().all();
  for (const std::size_t index : {std::size_t{0}, segments.size() - 1}) {
    ASSERT_TRUE(check(index).ok());
    const std::string& path = segments[index].path;
    std::size_t used = disk_.contents(path).size();
    while (disk_.contents(path)[used - 1] == std::byte{0}) --used;
    for (std::size_t at = 0; at < used; at += 7) {
      disk_.flip_bit(path, at);
      const auto found = check(index);
      ASSERT_FALSE(found.ok()) << path << " at " << at;
      EXPECT_EQ(found.error().code, ErrorCode::kDataLoss);
      EXPECT_THAT(found.error().message, HasSubstr(path + " is damaged at byte "));
      EXPECT_THAT(found.error().message, HasSubstr("marquee log repair --accept-loss"));
      disk_.flip_bit(path, at);
    }
    EXPECT_TRUE(check(index).ok());
  }
}

TEST_F(LogScrubTest, AFlippedBitIsToldUntilTheFileIsRightAgain) {
  const auto segment = log_->segments().all().at(1);
  const auto running = scrub();
  running->start();
  wait_for_passes(1);
  EXPECT_TRUE(running->health().ok());
  disk_.flip_bit(segment.path, 200);
  wait_for_passes(2);
  const auto health = running->health();
  ASSERT_FALSE(health.ok());
  EXPECT_THAT(health.error().message, HasSubstr(segment.path));
  EXPECT_THAT(health.error().message, HasSubstr("backup"));
  EXPECT_THAT(health.error().message, HasSubstr("marquee log verify"));
  EXPECT_EQ(value("marquee_log_scrub_damaged_segments"), 1);
  append(5);  // serving goes on
  EXPECT_TRUE(log_->health().ok());
  disk_.flip_bit(segment.path, 200);
  wait_for_passes(2);
  EXPECT_TRUE(running->health().ok());
  EXPECT_EQ(value("marquee_log_scrub_damaged_segments"), 0);
}

TEST_F(LogScrubTest, ALogThatGrowsAndShrinksMeanwhileIsNotDamaged) {
  const auto running = scrub();
  running->start();
  for (int round = 0; round < 40; ++round) {
    append(10);
    ASSERT_TRUE(
        log_->remove_old({std::numeric_limits<std::int64_t>::max(), next_, next_ - 5}).ok());
    ASSERT_TRUE(running->health().ok()) << running->health().error().message;
  }
  wait_for_passes(2);
  EXPECT_TRUE(running->health().ok());
  EXPECT_GT(value("marquee_log_scrub_segments_total"), 2);
}

TEST_F(LogScrubTest, ReadsNoFasterThanItMayAndStopsAtOnce) {
  const auto begin = std::chrono::steady_clock::now();
  {
    const auto running = scrub(4'000);  // the log is several times as large
    running->start();
    while (value("marquee_log_scrub_bytes_total") < 1'000) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(value("marquee_log_scrub_passes_total"), 0);
  // A second's worth may come at once, and the frame under way.
  EXPECT_LE(value("marquee_log_scrub_bytes_total"), 4'000 * (took.count() + 1) + 1'000);
}

TEST_F(LogScrubTest, ChangesNothing) {
  const auto operations = disk_.operations();
  const auto running = scrub();
  running->start();
  wait_for_passes(3);
  EXPECT_EQ(disk_.operations(), operations);
}

}  // namespace
}  // namespace marquee::embedded
