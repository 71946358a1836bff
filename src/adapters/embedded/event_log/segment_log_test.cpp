#include "adapters/embedded/event_log/segment_log.h"

#include <atomic>
#include <future>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "adapters/embedded/files/simulated_disk.h"
#include "ports/contract/event_log_contract.h"
#include "testing/event_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::ManualClock;

SegmentLog::Options small_options(std::string directory) {
  SegmentLog::Options options;
  options.writer.directory = std::move(directory);
  options.writer.segment_bytes_max = 8 << 10;  // many segments
  options.writer.grow_bytes = 1 << 10;
  options.queue_events_max = 1'000;
  options.recent_records_max = 16;  // most reads go to the disk
  return options;
}

/// A SegmentLog on `Storage`'s disk, for the contract.
template <typename Storage>
class SegmentLogHarness {
 public:
  SegmentLogHarness() { open(); }
  ~SegmentLogHarness() { go_on(); }

  EventLog& log() { return *log_; }
  ManualClock& clock() { return clock_; }
  void restart() {
    log_.reset();
    open();
  }
  /// The writer thread completes an append and does not come back from it.
  void stall() {
    auto unblock = blocked_.get_future().share();
    std::promise<void> reached;
    log_->append({EventBuilder("staller", "m").id(1).pending()}, [&reached, unblock](const auto&) {
      reached.set_value();
      unblock.wait();
    });
    reached.get_future().wait();
    stalled_ = true;
  }
  void go_on() {
    if (std::exchange(stalled_, false)) blocked_.set_value();
  }
  void break_writes() { storage_.break_writes(*log_); }
  void damage_first() {
    log_.reset();  // what is in memory is not on the disk
    open();
    storage_.damage_first();
  }
  std::size_t queue_events_max() const { return 1'000; }

 private:
  void open() {
    auto opened =
        SegmentLog::open(small_options(storage_.directory()), nullptr, clock_, storage_.disk());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = *std::move(opened);
  }

  ManualClock clock_;
  Storage storage_;
  std::promise<void> blocked_;
  bool stalled_ = false;
  std::unique_ptr<SegmentLog> log_;
};

constexpr std::size_t kInsideFirstFrame = formats::SegmentHeader::kBytes + 60;

class SimulatedStorage {
 public:
  Disk& disk() { return disk_; }
  std::string directory() const { return "events"; }
  void break_writes(EventLog&) {
    disk_.fail_operation(1, Error{ErrorCode::kUnavailable, "input/output error"});
  }
  void damage_first() { disk_.flip_bit("events/" + segment_name(0), kInsideFirstFrame); }

 private:
  SimulatedDisk disk_{1};
};

/// The real disk, except that it fails when it is told to.
class RealStorage {
 public:
  /// Fails every write once broken.
  class BreakableDisk final : public Disk {
   public:
    Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
      MARQUEE_TRY(auto file, posix_disk().open(path, how));
      return std::unique_ptr<File>(std::make_unique<BreakableFile>(std::move(file), broken_));
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
      return posix_disk().rename(from, to);
    }
    Result<void> remove(const std::string& path) override { return posix_disk().remove(path); }
    Result<std::vector<std::string>> list(const std::string& directory) override {
      return posix_disk().list(directory);
    }
    Result<void> create_directory(const std::string& directory) override {
      return posix_disk().create_directory(directory);
    }
    Result<void> sync_directory(const std::string& directory) override {
      return posix_disk().sync_directory(directory);
    }
    Result<std::uint64_t> free_bytes(const std::string& directory) const override {
      return posix_disk().free_bytes(directory);
    }
    void break_writes() { broken_ = true; }

   private:
    class BreakableFile final : public File {
     public:
      BreakableFile(std::unique_ptr<File> file, const std::atomic<bool>& broken)
          : file_(std::move(file)), broken_(broken) {}
      Result<std::size_t> read_at(std::uint64_t at, std::span<std::byte> out) const override {
        return file_->read_at(at, out);
      }
      Result<void> write_at(std::uint64_t at, std::span<const std::byte> bytes) override {
        if (broken_) return Error{ErrorCode::kUnavailable, "input/output error"};
        return file_->write_at(at, bytes);
      }
      Result<void> sync() override { return file_->sync(); }
      Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
      Result<std::uint64_t> size() const override { return file_->size(); }
      Result<void> reserve(std::uint64_t bytes) override { return file_->reserve(bytes); }
      void drop_cache() override { file_->drop_cache(); }

     private:
      std::unique_ptr<File> file_;
      const std::atomic<bool>& broken_;
    };
    std::atomic<bool> broken_ = false;
  };

  Disk& disk() { return disk_; }
  std::string directory() const { return directory_.path() / "data" / "events"; }
  void break_writes(EventLog&) { disk_.break_writes(); }
  void damage_first() {
    const auto file =
        posix_disk().open(directory() + "/" + segment_name(0), Disk::Open::kReadWrite);
    const std::byte noise[] = {std::byte{0xFF}};
    ASSERT_TRUE((*file)->write_at(kInsideFirstFrame, noise).ok());
  }

 private:
  testing::TemporaryDirectory directory_;
  BreakableDisk disk_;
};

}  // namespace
}  // namespace marquee::embedded

namespace marquee::testing {
using SegmentLogs = ::testing::Types<embedded::SegmentLogHarness<embedded::SimulatedStorage>,
                                     embedded::SegmentLogHarness<embedded::RealStorage>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Segmented, EventLogContract, SegmentLogs);
}  // namespace marquee::testing

namespace marquee::embedded {
namespace {

class SegmentLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentLog> open() {
    auto opened = SegmentLog::open(small_options("events"), nullptr, clock_, disk_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static Result<std::vector<AppendOutcome>> append(EventLog& log, std::uint64_t number) {
    std::promise<Result<std::vector<AppendOutcome>>> done;
    log.append({EventBuilder("u", "m").id(number).pending()},
               [&](auto outcome) { done.set_value(std::move(outcome)); });
    return done.get_future().get();
  }

  ManualClock clock_;
  SimulatedDisk disk_{1};
};

TEST_F(SegmentLogTest, SaysWhatTheStartFound) {
  auto log = open();
  EXPECT_TRUE(log->opened().was_closed);
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(append(*log, i).ok());
  log.reset();
  log = open();
  EXPECT_EQ(log->opened().first_offset, 0U);
  EXPECT_EQ(log->opened().end_offset, 100U);
  EXPECT_EQ(log->opened().events_checked, 100U);
  EXPECT_EQ(log->opened().torn_bytes, 0U);
  EXPECT_TRUE(log->opened().was_closed);
}

TEST_F(SegmentLogTest, AfterCloseAppendsAreRefusedAndReadsGoOn) {
  const auto log = open();
  ASSERT_TRUE(append(*log, 1).ok());
  ASSERT_TRUE(log->close().ok());
  EXPECT_TRUE(log->close().ok());
  EXPECT_EQ(append(*log, 2).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(log->health().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(log->read(Cursor{}, 10, std::chrono::milliseconds(0))->records.size(), 1U);
}

TEST_F(SegmentLogTest, CloseStoresWhatIsQueued) {
  auto log = open();
  std::atomic<int> stored = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    log->append({EventBuilder("u", "m").id(i).pending()},
                [&](const auto& outcome) { stored += outcome.ok() ? 1 : 0; });
  }
  log.reset();
  EXPECT_EQ(stored, 200);
  EXPECT_EQ(open()->end().next(Offset::kEmbedded), 200U);
}

TEST_F(SegmentLogTest, AFailedSyncStopsTheLogUntilItIsOpenedAgain) {
  auto log = open();
  ASSERT_TRUE(append(*log, 1).ok());
  disk_.fail_operation(2, Error{ErrorCode::kUnavailable, "input/output error"});  // write, sync
  EXPECT_EQ(append(*log, 2).error().code, ErrorCode::kUnavailable);
  const auto later = append(*log, 3);
  ASSERT_FALSE(later.ok());
  EXPECT_NE(later.error().message.find("input/output error"), std::string::npos);
  EXPECT_NE(log->health().error().message.find("restart"), std::string::npos);
  EXPECT_FALSE(log->close().ok());
  log = open();
  EXPECT_TRUE(append(*log, 3).ok());
}

TEST_F(SegmentLogTest, AFullDiskIsSaidAndAppendsWorkAgainWhenThereIsSpace) {
  const auto log = open();
  ASSERT_TRUE(append(*log, 0).ok());
  disk_.set_capacity(disk_.bytes_used());
  std::uint64_t number = 1;
  while (append(*log, number).ok()) ++number;  // what was written ahead can still be used
  EXPECT_EQ(append(*log, number).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(log->health().error().code, ErrorCode::kResourceExhausted);
  disk_.set_capacity(1 << 30);
  EXPECT_TRUE(append(*log, number).ok());
  EXPECT_TRUE(log->health().ok());
  EXPECT_EQ(log->end().next(Offset::kEmbedded), number + 1);
}

TEST_F(SegmentLogTest, AFullDiskIsForgottenWithoutAnAppendOnceThereIsSpaceForASegment) {
  const auto log = open();
  disk_.set_capacity(disk_.bytes_used());
  for (std::uint64_t number = 0; append(*log, number).ok();) ++number;
  EXPECT_FALSE(log->health().ok());
  const std::uint64_t segment = small_options("").writer.segment_bytes_max;
  disk_.set_capacity(disk_.bytes_used() + segment - 1);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_FALSE(log->health().ok()) << "a byte is missing";
  disk_.set_capacity(disk_.bytes_used() + segment);
  EXPECT_FALSE(log->health().ok()) << "looked a moment ago";
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(log->health().ok());
}

TEST_F(SegmentLogTest, ADiskThatIsFoundFullInTheMiddleOfAFrameStopsTheLogAndIsNotCalledFull) {
  auto log = open();
  ASSERT_TRUE(append(*log, 1).ok());
  // the write into room that was made before, as a file system that copies on write may fail it
  disk_.fail_operation(1, Error{ErrorCode::kResourceExhausted, "no space left"});
  for (std::uint64_t number = 2; number < 4; ++number) {
    const auto refused = append(*log, number);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << "waiting for room is no use";
  }
  EXPECT_EQ(log->health().error().code, ErrorCode::kUnavailable);
  EXPECT_NE(log->health().error().message.find("restart"), std::string::npos);
  EXPECT_NE(log->health().error().message.find("no space left"), std::string::npos);
  log.reset();
  log = open();
  EXPECT_TRUE(append(*log, 3).ok());
}

TEST_F(SegmentLogTest, ReadsFromAnywhereGiveTheSameRecords) {
  const auto log = open();
  for (std::uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(append(*log, i).ok());
  Rng rng(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t from = rng.below(300);
    const std::uint64_t count = 1 + rng.below(40);
    Cursor at;
    at.set_next(Offset::kEmbedded, from);
    const auto batch = log->read(at, count, std::chrono::milliseconds(0));
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    ASSERT_EQ(batch->records.size(), std::min(count, 300 - from));
    for (std::uint64_t i = 0; i < batch->records.size(); ++i) {
      ASSERT_EQ(batch->records[i].event.event_id, testing::test_event_id(from + i));
    }
  }
}

TEST_F(SegmentLogTest, AReadBeforeTheFirstSegmentSaysWhereOlderEventsAre) {
  auto log = open();
  for (std::uint64_t i = 0; i < 200; ++i) ASSERT_TRUE(append(*log, i).ok());
  constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
  ASSERT_GT(log->remove_old({kEver, 100, 100})->segments, 0U);
  const std::uint64_t begin = log->begin().next(Offset::kEmbedded);
  EXPECT_GT(begin, 0U);
  log = nullptr;
  log = open();
  EXPECT_EQ(log->opened().first_offset, begin);
  const auto gone = log->read(Cursor{}, 1, std::chrono::milliseconds(0));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(SegmentLogTest, ADiskThatIsFullWhenASegmentEndsTakesTheNextOneWhenThereIsSpace) {
  auto log = open();
  const auto segments = [this] { return disk_.list("events")->size(); };
  std::uint64_t number = 0;
  for (int round = 0; round < 12; ++round) {  // the room ends at every place of a segment once
    disk_.set_capacity(disk_.bytes_used() + static_cast<std::uint64_t>(round) * 100);
    while (append(*log, number).ok()) ++number;
    EXPECT_EQ(log->health().error().code, ErrorCode::kResourceExhausted);
    disk_.set_capacity(1 << 30);
    ASSERT_TRUE(append(*log, number).ok()) << log->health().error().message;
    ++number;
    EXPECT_TRUE(log->health().ok());
  }
  EXPECT_GT(segments(), 1U);
  log.reset();
  log = open();
  EXPECT_EQ(log->end().next(Offset::kEmbedded), number) << "what was acknowledged, and no more";
}

}  // namespace
}  // namespace marquee::embedded
