// Goal: an event leaves the log only when state and archive have it, and nobody can tell that it
// left: a rebuild agrees and a repeat is still one.

#include "app/background/log_retention.h"

#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_repair.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/whole_log.h"
#include "base/time_text.h"
#include "batch/archive_stage.h"
#include "speed/fold_processor.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::app {
namespace {

using marquee::testing::EventBuilder;
using ::testing::HasSubstr;

constexpr std::uint64_t kEvents = 60;

EventBuilder event(std::uint64_t number) {
  return EventBuilder("u" + std::to_string(number % 3), std::to_string(1 + number % 40)).id(number);
}

class LogRetentionTest : public SmallDatasetTest {
 protected:
  LogRetentionTest() {
    write_old_log();
    open();
  }

  /// Small segments over several days, long ago.
  void write_old_log() {
    marquee::testing::ManualClock clock;
    embedded::SegmentWriter::Options options;
    options.directory = storage_directory();
    options.segment_bytes_max = 2'000;
    options.grow_bytes = 512;
    const auto writer =
        embedded::SegmentWriter::open(embedded::posix_disk(), options, nullptr, clock);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (std::uint64_t number = 0; number < kEvents; ++number) {
      clock.advance(std::chrono::hours(2));
      ASSERT_TRUE((*writer)->commit({{event(number).pending()}}).outcomes[0].ok());
    }
    ASSERT_TRUE((*writer)->close().ok());
  }
  void open() {
    auto opened = Storage::open_owner(loaded_.settings);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    storage_ = std::move(opened).value();
  }
  void close() {
    ASSERT_TRUE(storage_->owned_log->close().ok());
    storage_.reset();
  }
  void fold() {
    speed::FoldProcessor::Options options;
    options.behind.on_stored = [this](const Cursor& stored) {
      storage_->folded_end = stored.next(Offset::kEmbedded);
    };
    auto fold =
        speed::FoldProcessor::start(*storage_->log, storage_->stores->profiles, storage_->movies,
                                    storage_->clock, metrics_, {}, options);
    ASSERT_TRUE(fold.ok()) << fold.error().message;
    (*fold)->stop();
    ASSERT_EQ(storage_->folded_end, storage_->log->end().next(Offset::kEmbedded));
  }
  void archive() {
    formats::RunRecord run;
    run.log_end = storage_->log->end();
    run.archive_until_day = utc_day(storage_->clock.wall_ms());
    ASSERT_TRUE(batch::archive_stage(run, *storage_->log, *storage_->objects).ok());
  }
  Result<embedded::RemovedSegments> remove_old(std::int64_t keep_ms = 7 * kMillisecondsPerDay) {
    LogRetention::Options options;
    options.keep_ms = keep_ms;
    return LogRetention(*storage_, storage_->clock, metrics_, options).remove_old();
  }
  std::uint64_t begin() const { return storage_->log->begin().next(Offset::kEmbedded); }
  AppendOutcome append(const EventBuilder& event) {
    std::promise<AppendOutcome> promise;
    storage_->log->append({event.pending()}, [&](Result<std::vector<AppendOutcome>> outcome) {
      promise.set_value(outcome.ok() ? outcome->front() : AppendOutcome{});
    });
    return promise.get_future().get();
  }
  /// A byte in the middle of the segment's first frame goes bad, and the log is repaired.
  void repair_after_damage_to(std::size_t segment) {
    const std::string path = storage_->owned_log->segments().all().at(segment).path;
    close();
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(formats::SegmentHeader::kBytes + formats::FrameHeader::kBytes + 20);
      file.put('\x55');
    }
    const auto repaired =
        embedded::repair_log(embedded::posix_disk(), storage_directory(), true, 1);
    ASSERT_TRUE(repaired.ok()) << repaired.error().message;
    ASSERT_GT(repaired->lost_events, 0U);
  }
  std::string storage_directory() const { return (root_ / "data" / "events").string(); }
  /// Every event there is, from log and archive, by its sequence; read in small steps.
  std::vector<std::uint64_t> whole() {
    std::vector<std::uint64_t> sequences;
    const auto log = *whole_log(*storage_);
    Cursor at;
    for (;;) {
      const auto batch = log->read(at, 7, std::chrono::milliseconds(0));
      EXPECT_TRUE(batch.ok()) << batch.error().message;
      if (!batch.ok() || batch->records.empty()) return sequences;
      for (const LogRecord& record : batch->records) sequences.push_back(record.offset.sequence);
      at = batch->next;
    }
  }
  void expect_repeats() {
    for (std::uint64_t number = 0; number < kEvents; number += 7) {
      const AppendOutcome outcome = append(event(number));
      EXPECT_EQ(outcome.status, AppendStatus::kDuplicate) << number;
      EXPECT_EQ(outcome.offset.sequence, number);
    }
  }

  telemetry::Metrics metrics_;
  std::unique_ptr<Storage> storage_;
};

TEST_F(LogRetentionTest, NothingGoesBeforeItIsArchived) {
  fold();
  EXPECT_EQ(remove_old()->segments, 0U);
  EXPECT_EQ(begin(), 0U);
  archive();
  EXPECT_GT(remove_old()->segments, 3U);
  EXPECT_GT(begin(), 0U);
}

TEST_F(LogRetentionTest, NothingGoesBeforeItIsFolded) {
  archive();
  EXPECT_EQ(remove_old()->segments, 0U);
  EXPECT_EQ(begin(), 0U);
}

TEST_F(LogRetentionTest, NothingGoesThatIsYoungerThanTheSettingSays) {
  fold();
  archive();
  constexpr std::int64_t kHundredYears = 36'500 * kMillisecondsPerDay;
  EXPECT_EQ(remove_old(kHundredYears)->segments, 0U);
  EXPECT_EQ(begin(), 0U);
}

TEST_F(LogRetentionTest, ADamagedArchiveKeepsTheLog) {
  fold();
  archive();
  const auto index = batch::load_archive_index(*storage_->objects);
  const auto path = storage_->paths.objects / index->files.front().key;
  std::filesystem::permissions(path, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('\x55');
  }
  const auto removed = remove_old();
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(begin(), 0U);
}

TEST_F(LogRetentionTest, WhatARepairGaveUpIsReadFromTheArchiveAndHoldsNothingBack) {
  fold();
  archive();
  repair_after_damage_to(1);
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok()) << "it is folded from the archive";
  open();
  storage_->folded_end = kEvents;
  const auto removed = remove_old();
  ASSERT_TRUE(removed.ok()) << removed.error().message;
  EXPECT_GT(removed->segments, 3U);
  EXPECT_EQ(whole().size(), kEvents);
  close();
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
}

TEST_F(LogRetentionTest, ALossThatWasNotArchivedHoldsNothingBackEither) {
  repair_after_damage_to(0);
  open();
  fold();
  archive();
  const auto removed = remove_old();
  ASSERT_TRUE(removed.ok()) << removed.error().message;
  EXPECT_GT(removed->segments, 3U);
  EXPECT_LT(whole().size(), kEvents);
}

TEST_F(LogRetentionTest, ARebuildAgreesAndARepeatIsOneAfterTheRemoval) {
  fold();
  archive();
  ASSERT_GT(remove_old()->segments, 3U);
  const std::uint64_t first = begin();
  expect_repeats();
  close();
  EXPECT_TRUE(commands::rebuild(loaded_, true).ok());
  open();
  EXPECT_EQ(begin(), first);
  expect_repeats();
  close();
  ASSERT_TRUE(commands::rebuild(loaded_, false).ok());  // now folded from the archive itself
  open();
  expect_repeats();
  const auto log = whole_log(*storage_);
  EXPECT_EQ((*log)->read({}, 1, std::chrono::milliseconds(0))->records.at(0).event.event_id,
            event(0).build().event_id);
  const auto gone = storage_->log->read({}, 1, std::chrono::milliseconds(0));
  EXPECT_THAT(gone.error().message, HasSubstr("are in the archive"));
}

TEST_F(LogRetentionTest, SaysWhatTheLogHoldsAndWhatWentOutOfIt) {
  fold();
  archive();
  const auto removed = remove_old();
  const auto value = [&](const std::string& name) { return metrics_.samples(name).at(0).value; };
  EXPECT_EQ(value("marquee_log_removed_segments_total"), static_cast<double>(removed->segments));
  EXPECT_EQ(value("marquee_log_removed_bytes_total"), static_cast<double>(removed->bytes));
  EXPECT_EQ(value("marquee_log_first_offset"), static_cast<double>(begin()));
  EXPECT_EQ(value("marquee_log_segments"), 1);
  EXPECT_GT(value("marquee_log_bytes"), 0);
}

}  // namespace
}  // namespace marquee::app
