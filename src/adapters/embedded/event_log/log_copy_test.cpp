// Goal: the copy of a log up to its end is a log: it opens, continues, and holds what was there.

#include "adapters/embedded/event_log/log_copy.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/event_log/segment_log_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "base/hash.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using marquee::testing::EventBuilder;
using marquee::testing::ManualClock;
using ::testing::HasSubstr;

class LogCopyTest : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentWriter> open(const std::string& directory) {
    SegmentWriter::Options options;
    options.directory = directory;
    options.segment_bytes_max = 3'000;
    options.grow_bytes = 1'024;
    auto writer = SegmentWriter::open(disk_, options, nullptr, clock_);
    EXPECT_TRUE(writer.ok()) << writer.error().message;
    return *std::move(writer);
  }
  static AppendOutcome append(SegmentWriter& writer, std::uint64_t number) {
    auto commit = writer.commit({{EventBuilder("u", "m").id(number).pending()}});
    EXPECT_TRUE(commit.outcomes[0].ok());
    return commit.outcomes[0]->front();
  }
  std::uint64_t end_of(const std::string& directory) {
    auto reader = SegmentLogReader::open(directory, disk_);
    EXPECT_TRUE(reader.ok());
    return (*reader)->end().next(Offset::kEmbedded);
  }
  /// Copies up to `end` into an empty "copy" directory.
  Result<std::vector<CopiedFile>> copy(std::uint64_t end) {
    const auto names = disk_.list("copy");
    for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
      EXPECT_TRUE(disk_.remove("copy/" + name).ok());
    }
    return copy_log(disk_, "events", "copy", end);
  }

  ManualClock clock_;
  SimulatedDisk disk_{1};
};

TEST_F(LogCopyTest, HoldsTheEventsBeforeTheEndAndNoOthersWhereverTheEndIs) {
  const auto writer = open("events");
  for (std::uint64_t i = 0; i < 60; ++i) append(*writer, i);
  ASSERT_GT(list_segments(disk_, "events")->size(), 2U) << "the test wants several segments";
  for (std::uint64_t end = 0; end <= 60; ++end) {
    const auto copied = copy(end);
    ASSERT_TRUE(copied.ok()) << copied.error().message;
    EXPECT_EQ(end_of("copy"), end);
    for (const CopiedFile& segment : *copied) {
      const auto bytes = disk_.contents("copy/" + segment.name);
      EXPECT_EQ(segment.digest, (FileDigest{bytes.size(), sha256_hex(bytes)}));
    }
  }
}

TEST_F(LogCopyTest, OpensAsALogThatKnowsWhatItHoldsAndCountsOn) {
  const auto writer = open("events");
  for (std::uint64_t i = 0; i < 60; ++i) append(*writer, i);
  for (const std::uint64_t end : {1U, 17U, 59U, 60U}) {
    ASSERT_TRUE(copy(end).ok());
    const auto restored = open("copy");
    EXPECT_EQ(restored->end(), end);
    const AppendOutcome again = append(*restored, end - 1);
    EXPECT_EQ(again.offset.sequence, end - 1) << "a repeat keeps its first offset";
    EXPECT_EQ(append(*restored, 1'000 + end).offset.sequence, end);
  }
}

TEST_F(LogCopyTest, OfAnEmptyLogIsAnEmptyLogAtTheSameOffset) {
  {
    const auto writer = open("events");
  }
  ASSERT_TRUE(copy(0).ok());
  EXPECT_EQ(end_of("copy"), 0U);
  EXPECT_EQ(open("copy")->end(), 0U);
}

TEST_F(LogCopyTest, StandsStillWhileTheOwnerGoesOnAppending) {
  const auto writer = open("events");
  append(*writer, 0);
  constexpr std::uint64_t kEvents = 300;
  std::atomic<std::uint64_t> acknowledged = 1;
  std::thread owner([&] {
    for (std::uint64_t i = 1; i < kEvents; ++i) {
      append(*writer, i);
      acknowledged = i + 1;
    }
  });
  for (std::uint64_t end = 0; end < kEvents;) {
    const std::uint64_t before = acknowledged;
    end = end_of("events");
    EXPECT_GE(end, before) << "what was acknowledged before is in it";
    const auto copied = copy(end);
    EXPECT_TRUE(copied.ok()) << copied.error().message;
    EXPECT_EQ(end_of("copy"), end);
  }
  owner.join();
}

TEST_F(LogCopyTest, FindsAFlippedBitAnywhereBeforeTheEndAndLooksAtNothingBehindIt) {
  const auto writer = open("events");
  for (std::uint64_t i = 0; i < 12; ++i) append(*writer, i);
  const std::uint64_t used = copy(6)->back().digest.bytes;
  const std::string first = "events/" + segment_name(0);
  ASSERT_LT(used, disk_.contents(first).size());
  for (std::uint64_t at = 0; at < disk_.contents(first).size(); ++at) {
    disk_.flip_bit(first, at);
    const auto copied = copy(6);
    // Padding and reserved bytes carry nothing, but no damage may change what is read.
    if (copied.ok()) {
      EXPECT_EQ(end_of("copy"), 6U) << "byte " << at;
    } else {
      EXPECT_LT(at, used);
      EXPECT_EQ(copied.error().code, ErrorCode::kDataLoss) << copied.error().message;
      EXPECT_THAT(copied.error().message, HasSubstr(first)) << "byte " << at;
    }
    disk_.flip_bit(first, at);
  }
}

TEST_F(LogCopyTest, MissesAnEndOrASegmentThatIsNotThere) {
  const auto writer = open("events");
  for (std::uint64_t i = 0; i < 60; ++i) append(*writer, i);
  EXPECT_EQ(copy(61).error().code, ErrorCode::kDataLoss);
  const auto offsets = *list_segments(disk_, "events");
  ASSERT_TRUE(disk_.remove("events/" + segment_name(offsets[1])).ok());
  const auto gap = copy(60);
  ASSERT_FALSE(gap.ok());
  EXPECT_EQ(gap.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(gap.error().message, HasSubstr(segment_name(offsets[0])));
}

TEST_F(LogCopyTest, SaysThatTheTargetIsFull) {
  const auto writer = open("events");
  for (std::uint64_t i = 0; i < 60; ++i) append(*writer, i);
  disk_.set_capacity(disk_.bytes_used() + 500);
  EXPECT_EQ(copy(60).error().code, ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace marquee::embedded
