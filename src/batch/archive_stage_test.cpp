// Goal: the archive holds closed days only, each event once, the same bytes however often and
// however interrupted it is written; and log and archive together read as the log alone.

#include "batch/archive_stage.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"
#include "batch/archived_log.h"
#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

constexpr std::int32_t kDay = 20'089;  // 2025-01-01

/// A log with so many events on each of the days from 2025-01-01 on.
struct Days {
  explicit Days(const std::vector<int>& events_a_day) {
    int film = 0;
    for (const int events : events_a_day) {
      for (int i = 0; i < events; ++i) {
        log.append({PendingEvent{taste_rating(1 + film % 3, film), 1}}, [](const auto&) {});
        ++film;
      }
      world.clock.advance(std::chrono::hours(24));
    }
  }
  /// A run that archives the days before `day`.
  formats::RunRecord until(std::int32_t day) const {
    formats::RunRecord run = small_run();
    run.log_end = log.end();
    run.archive_until_day = day;
    return run;
  }

  World world;
  marquee::testing::FakeEventLog log{world.clock};
};

/// An object store on a disk that is full after some more writes.
class FullAfter final : public ObjectStore {
 public:
  FullAfter(ObjectStore& objects, int writes) : objects_(objects), writes_(writes) {}

  Result<void> put(std::string_view key, std::span<const std::byte> bytes) override {
    if (writes_-- <= 0) return Error{ErrorCode::kResourceExhausted, "disk full"};
    return objects_.put(key, bytes);
  }
  Result<std::vector<std::byte>> get(std::string_view key) const override {
    return objects_.get(key);
  }
  Result<std::vector<std::string>> list(std::string_view prefix) const override {
    return objects_.list(prefix);
  }
  Result<void> remove(std::string_view key) override { return objects_.remove(key); }

 private:
  ObjectStore& objects_;
  int writes_;
};

/// A log of which a repair gave up [first, end).
class LogWithGap final : public EventLog {
 public:
  LogWithGap(EventLog& whole, std::uint64_t first, std::uint64_t end)
      : whole_(whole), first_(first), end_(end) {}

  void append(std::vector<PendingEvent> events, Completion done) override {
    whole_.append(std::move(events), std::move(done));
  }
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override {
    Cursor at = from;
    const std::uint64_t sequence = from.next(Offset::kEmbedded);
    if (sequence >= first_ && sequence < end_) at.set_next(Offset::kEmbedded, end_);
    MARQUEE_TRY(LogBatch batch, whole_.read(at, events_max, wait));
    std::erase_if(batch.records, [this](const LogRecord& record) {
      return record.offset.sequence >= first_ && record.offset.sequence < end_;
    });
    return batch;
  }
  Cursor end() const override { return whole_.end(); }
  Durability durability() const override { return whole_.durability(); }
  Result<void> health() const override { return whole_.health(); }

 private:
  EventLog& whole_;
  std::uint64_t first_;
  std::uint64_t end_;
};

std::vector<LogRecord> read_all(EventLog& log, std::size_t events_max) {
  std::vector<LogRecord> all;
  for (Cursor at;;) {
    const auto batch = log.read(at, events_max, std::chrono::milliseconds(0));
    EXPECT_TRUE(batch.ok()) << batch.error().message;
    if (!batch.ok() || batch->records.empty()) return all;
    all.insert(all.end(), batch->records.begin(), batch->records.end());
    at = batch->next;
  }
}

TEST(ArchiveStage, WritesTheClosedDaysByDateAndLeavesTheOpenOne) {
  Days days({2, 3, 4});
  const auto archived = archive_stage(days.until(kDay + 2), days.log, days.world.objects);
  ASSERT_TRUE(archived.ok()) << archived.error().message;
  EXPECT_EQ(archived->days, 2U);
  EXPECT_EQ(archived->events, 5U);
  EXPECT_EQ(*days.world.objects.list("archived-events/"),
            (std::vector<std::string>{"archived-events/2025/01/01/events-000.parquet",
                                      "archived-events/2025/01/02/events-000.parquet",
                                      "archived-events/archive.json"}));
  const auto index = load_archive_index(days.world.objects);
  EXPECT_EQ(index->end().next(Offset::kEmbedded), 5U);
}

TEST(ArchiveStage, ARepeatWritesNothingAndALaterRunGoesOn) {
  Days days({2, 3, 4});
  ASSERT_TRUE(archive_stage(days.until(kDay + 1), days.log, days.world.objects).ok());
  const auto before = days.world.all_objects();
  EXPECT_EQ(archive_stage(days.until(kDay + 1), days.log, days.world.objects)->events, 0U);
  EXPECT_EQ(days.world.all_objects(), before);
  EXPECT_EQ(archive_stage(days.until(kDay + 3), days.log, days.world.objects)->events, 7U);
}

TEST(ArchiveStage, SplitsALargeDayAndSkipsAnEmptyOne) {
  Days days({5, 0, 1});
  const auto archived =
      archive_stage(days.until(kDay + 3), days.log, days.world.objects, {.rows_per_file_max = 2});
  EXPECT_EQ(archived->days, 2U);
  EXPECT_EQ(days.world.objects.list("archived-events/2025/01/01/")->size(), 3U);
  EXPECT_TRUE(days.world.objects.list("archived-events/2025/01/02/")->empty());
}

TEST(ArchiveStage, StopsWhereTheRunEnds) {
  Days days({4, 4});
  auto run = days.until(kDay + 2);
  run.log_end = {};
  run.log_end.set_next(Offset::kEmbedded, 4);
  EXPECT_EQ(archive_stage(run, days.log, days.world.objects)->events, 4U);
}

TEST(ArchiveStage, InterruptedAnywhereAndRepeatedGivesTheSameBytes) {
  Days whole({3, 1, 2});
  const ArchiveOptions options{.rows_per_file_max = 2};
  ASSERT_TRUE(archive_stage(whole.until(kDay + 3), whole.log, whole.world.objects, options).ok());
  constexpr int kWrites = 7;  // four files and three days
  for (int fine = 0; fine < kWrites; ++fine) {
    Days days({3, 1, 2});
    FullAfter full(days.world.objects, fine);
    EXPECT_FALSE(archive_stage(days.until(kDay + 3), days.log, full, options).ok());
    ASSERT_TRUE(archive_stage(days.until(kDay + 3), days.log, days.world.objects, options).ok());
    EXPECT_EQ(days.world.all_objects(), whole.world.all_objects()) << fine << " writes";
  }
}

RC_GTEST_PROP(ArchivedLog, ReadsAsTheLogAlone, ()) {
  const auto counts = *rc::gen::container<std::vector<int>>(4, rc::gen::inRange(0, 6));
  const auto until = *rc::gen::inRange(0, 5);
  const auto rows = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
  Days days(counts);
  const auto archived = archive_stage(days.until(kDay + until), days.log, days.world.objects,
                                      {.rows_per_file_max = rows});
  RC_ASSERT(archived.ok());
  const auto joined = ArchivedLog::open(days.world.objects, &days.log);
  RC_ASSERT(joined.ok());
  RC_ASSERT((*joined)->end() == days.log.end());
  const auto events_max = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
  const auto wanted = read_all(days.log, 100);
  const auto got = read_all(**joined, events_max);
  RC_ASSERT(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    RC_ASSERT(got[i].offset == wanted[i].offset);
    RC_ASSERT(got[i].event == wanted[i].event);
  }
}

TEST(ArchivedLog, NamesAFileThatIsMissingOrDiffers) {
  Days days({3});
  ASSERT_TRUE(archive_stage(days.until(kDay + 1), days.log, days.world.objects).ok());
  const std::string key = "archived-events/2025/01/01/events-000.parquet";
  const auto bytes = *days.world.objects.get(key);
  const auto read = [&] {
    const auto log = ArchivedLog::open(days.world.objects, &days.log);
    return (*log)->read({}, 10, std::chrono::milliseconds(0));
  };
  auto flipped = bytes;
  flipped[flipped.size() / 2] ^= std::byte{4};
  ASSERT_TRUE(days.world.objects.put(key, flipped).ok());
  EXPECT_EQ(read().error().code, ErrorCode::kDataLoss);
  ASSERT_TRUE(days.world.objects.remove(key).ok());
  EXPECT_EQ(read().error().code, ErrorCode::kDataLoss);
  EXPECT_NE(read().error().message.find(key), std::string::npos);
  ASSERT_TRUE(days.world.objects.put(key, bytes).ok());
  EXPECT_TRUE(read().ok());
}

TEST(ArchivedLog, ReadsAsTheWholeLogWhereverTheLogBegins) {
  Days days({7, 5, 6});
  ASSERT_TRUE(archive_stage(days.until(kDay + 2), days.log, days.world.objects).ok());
  const auto whole = days.log.records();
  for (std::uint64_t begin = 0; begin <= 12; ++begin) {
    days.log.remove_before(begin);
    for (const std::size_t batch : {1U, 4U, 100U}) {
      const auto log = ArchivedLog::open(days.world.objects, &days.log, ArchivedLog::Prefer::kLog);
      ASSERT_TRUE(log.ok());
      Cursor at;
      for (std::uint64_t next = 0; next < whole.size(); next = at.next(Offset::kEmbedded)) {
        const auto read = (*log)->read(at, batch, std::chrono::milliseconds(0));
        ASSERT_TRUE(read.ok()) << read.error().message;
        ASSERT_FALSE(read->records.empty());
        for (const LogRecord& record : read->records) {
          ASSERT_EQ(record.offset.sequence, next);
          EXPECT_EQ(record.event, whole[next].event);
          EXPECT_EQ(record.fingerprint, next < begin ? 0U : 1U);
          ++next;
        }
        at = read->next;
      }
    }
  }
}

TEST(ArchivedLog, FillsWhatARepairGaveUpWithWhatIsArchived) {
  Days days({7, 5, 6});
  ASSERT_TRUE(archive_stage(days.until(kDay + 2), days.log, days.world.objects).ok());
  const auto whole = days.log.records();
  for (std::uint64_t first = 0; first < 18; ++first) {
    for (std::uint64_t end = first + 1; end <= 18; ++end) {
      LogWithGap damaged(days.log, first, end);
      const auto log = ArchivedLog::open(days.world.objects, &damaged, ArchivedLog::Prefer::kLog);
      auto wanted = whole;
      std::erase_if(wanted, [&](const LogRecord& record) {
        return record.offset.sequence >= std::max<std::uint64_t>(first, 12) &&
               record.offset.sequence < end;
      });
      for (const std::size_t batch : {1U, 4U, 100U}) {
        const auto got = read_all(**log, batch);
        ASSERT_EQ(got.size(), wanted.size()) << first << " to " << end << " by " << batch;
        for (std::size_t i = 0; i < got.size(); ++i) {
          EXPECT_EQ(got[i].offset, wanted[i].offset);
          EXPECT_EQ(got[i].event, wanted[i].event);
        }
      }
    }
  }
}

TEST(ArchivedLog, TakesNoEvents) {
  Days days({1});
  const auto log = ArchivedLog::open(days.world.objects, &days.log);
  std::optional<ErrorCode> code;
  (*log)->append({}, [&](const auto& outcome) { code = outcome.error().code; });
  EXPECT_EQ(code, ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace marquee::batch
