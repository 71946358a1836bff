// Goal: over several partitions too every record is archived once and under its own offset,
// whatever clocks, gaps and foreign messages the topic has, and a repeat gives the same bytes.

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "batch/archive_stage.h"
#include "batch/archived_log.h"
#include "batch/partitioned_fixture.h"

namespace marquee::batch {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kLateEvening = kMillisecondsPerDay - kMinute;

std::vector<std::string> files_of(const World& world) {
  std::vector<std::string> files;
  const auto index = load_archive_index(world.objects);
  EXPECT_TRUE(index.ok()) << index.error().message;
  for (const auto& file : index->files) files.push_back(file.key.substr(16));
  return files;
}

/// Four partitions over four days: clocks up to ten minutes off, foreign messages, gaps, and now
/// and then a time that is plainly wrong.
void fill(PartitionedWorld& world, int records) {
  const auto partitions = static_cast<int>(world.log.partitions().size());
  for (int i = 0; i < records; ++i) {
    const std::int32_t partition = *rc::gen::inRange(0, partitions);
    const std::int64_t now = at(kFirstDay, 0) + (i + 1) * 4 * kMillisecondsPerDay / (records + 1);
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        world.poison(partition);
        break;
      case 1:
        world.log.push_gap(partition);
        break;
      case 2:
        world.accept(partition, *rc::gen::element<std::int64_t>(0, 1, now * 1'000));
        break;
      default:
        world.accept(partition, now + *rc::gen::inRange(-10, 10) * kMinute);
    }
  }
}

/// As stored, but that the archive keeps no fingerprint, and of what was no event the offset alone.
bool is_same(const LogRecord& got, const LogRecord& stored) {
  if (got.offset != stored.offset || got.poison.empty() != stored.poison.empty()) return false;
  return !stored.poison.empty() || got.event == stored.event;
}

void check_reads_as_stored(EventLog& log, std::vector<LogRecord> stored, std::size_t events_max) {
  auto got = read_from(log, {}, events_max);
  std::map<std::int32_t, std::uint64_t> next;
  for (const LogRecord& record : got) {
    RC_ASSERT(record.offset.sequence >= next[record.offset.partition]);
    next[record.offset.partition] = record.offset.sequence + 1;
  }
  std::ranges::sort(got, {}, &LogRecord::offset);
  RC_ASSERT(got.size() == stored.size());
  for (std::size_t i = 0; i < got.size(); ++i) RC_ASSERT(is_same(got[i], stored[i]));
}

TEST(ArchivePartitions, HaveFilesOfTheirOwnAndADayIsCommittedWhole) {
  PartitionedWorld world(2);
  for (const std::int32_t day : {kFirstDay, kFirstDay + 1, kFirstDay + 2}) {
    for (int i = 0; i < 3; ++i) world.accept(0, at(day, i));
  }
  world.accept(1, at(kFirstDay + 1, 0));
  const auto archived = archive_stage(world.until(kFirstDay + 2), world.log, world.world.objects,
                                      {.rows_per_file_max = 2});
  ASSERT_TRUE(archived.ok()) << archived.error().message;
  EXPECT_EQ(archived->days, 2U);
  EXPECT_EQ(archived->events, 7U);
  EXPECT_EQ(formats::cursor_text(archived->archived_until), "k:0:6,k:1:1");
  EXPECT_EQ(files_of(world.world),
            (std::vector<std::string>{
                "2025/01/01/events-p0000-000.parquet", "2025/01/01/events-p0000-001.parquet",
                "2025/01/02/events-p0000-000.parquet", "2025/01/02/events-p0000-001.parquet",
                "2025/01/02/events-p0001-000.parquet"}));
}

TEST(ArchivePartitions, EndADayWithTheFirstEventOfTheNextAndLeaveLateOnesToIt) {
  PartitionedWorld world(1);
  world.accept(0, at(kFirstDay, kLateEvening));
  world.accept(0, at(kFirstDay + 1, 0));             // by a clock that is right
  world.accept(0, at(kFirstDay, kLateEvening + 1));  // by one that is behind
  world.accept(0, at(kFirstDay + 2, 0));
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects).ok());
  EXPECT_EQ(load_archive_index(world.world.objects)->end().next(0), 1U);
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 2), world.log, world.world.objects).ok());
  const auto index = load_archive_index(world.world.objects);
  ASSERT_EQ(index->files.size(), 2U);
  EXPECT_EQ(index->files[1].day, kFirstDay + 1);
  EXPECT_EQ(index->files[1].events, 2U);
}

TEST(ArchivePartitions, AddNothingToADayThatIsArchivedInAnyPartition) {
  PartitionedWorld world(2);
  world.accept(0, at(kFirstDay, 0));
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects).ok());
  world.accept(0, at(kFirstDay, kLateEvening));  // delivered after midnight
  world.accept(1, at(kFirstDay, kLateEvening));
  EXPECT_EQ(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects)->events, 0U);
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 2), world.log, world.world.objects).ok());
  EXPECT_EQ(files_of(world.world),
            (std::vector<std::string>{"2025/01/01/events-p0000-000.parquet",
                                      "2025/01/02/events-p0000-000.parquet",
                                      "2025/01/02/events-p0001-000.parquet"}));
}

TEST(ArchivePartitions, AreNotHeldUpByAnEventFromTheYear5000) {
  PartitionedWorld world(1);
  world.accept(0, at(kFirstDay, 0));
  world.accept(0, at(1'100'000, 0));
  world.accept(0, at(kFirstDay, 5));
  world.accept(0, at(kFirstDay, 6));
  EXPECT_EQ(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects)->events, 4U);
}

TEST(ArchivePartitions, CountWhatWasNoEventAndNameItsOffsets) {
  PartitionedWorld world(1);
  world.poison(0);
  world.accept(0, at(kFirstDay, 0));
  world.poison(0);
  world.poison(0);
  const auto archived = archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects);
  ASSERT_TRUE(archived.ok()) << archived.error().message;
  EXPECT_EQ(archived->events, 1U);
  EXPECT_EQ(archived->skipped, 3U);
  const auto index = load_archive_index(world.world.objects);
  const auto& file = index->files.at(0);
  EXPECT_EQ(file.events + file.skipped, file.last.sequence - file.first.sequence + 1);
  const auto log = ArchivedLog::open(world.world.objects, nullptr);
  std::string read;
  for (const LogRecord& record : read_from(**log, {}, 2)) read += record.poison.empty() ? 'e' : 'p';
  EXPECT_EQ(read, "pepp");
}

TEST(ArchivePartitions, MayHaveADayOfNothingButWhatWasNoEvent) {
  PartitionedWorld world(2);
  world.accept(0, at(kFirstDay, 0));
  world.poison(1);
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects).ok());
  const auto log = ArchivedLog::open(world.world.objects, nullptr);
  EXPECT_EQ(read_from(**log, {}, 10).size(), 2U);
}

TEST(ArchivePartitions, MayBeginBehindTheBeginOfAnOlderTopic) {
  PartitionedWorld world(1);
  for (int i = 0; i < 5; ++i) world.accept(0, at(kFirstDay, i));
  Cursor begin;
  begin.set_next(0, 3);
  world.log.remove_before(begin);
  EXPECT_EQ(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects)->events, 2U);
}

TEST(ArchivePartitions, SayWhenTheLogLostWhatWasNotArchived) {
  PartitionedWorld world(1);
  for (std::int32_t day = 0; day < 4; ++day) world.accept(0, at(kFirstDay + day, 0));
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects).ok());
  Cursor begin;
  begin.set_next(0, 2);
  world.log.remove_before(begin);
  const auto archived = archive_stage(world.until(kFirstDay + 4), world.log, world.world.objects);
  ASSERT_FALSE(archived.ok());
  EXPECT_EQ(archived.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(archived.error().message.find("k:0:1 up to k:0:2"), std::string::npos);
  EXPECT_NE(archived.error().message.find("marquee batch archive --accept-loss"),
            std::string::npos);
  const auto accepted = archive_stage(world.until(kFirstDay + 4), world.log, world.world.objects,
                                      {.accept_loss = true});
  ASSERT_TRUE(accepted.ok()) << accepted.error().message;
  EXPECT_EQ(accepted->events, 2U);
}

TEST(ArchivePartitions, OfATopicBehindAnEmbeddedArchiveAreReadBehindIt) {
  PartitionedWorld world(2);
  marquee::testing::FakeEventLog embedded(world.world.clock);
  embedded.push_unchecked(taste_rating(1, 1), 1);
  auto run = small_run();
  run.log_end = embedded.end();
  run.archive_until_day = kFirstDay;
  ASSERT_TRUE(archive_stage(run, embedded, world.world.objects).ok());
  world.accept(0, at(kFirstDay, 0));
  ASSERT_TRUE(archive_stage(world.until(kFirstDay + 1), world.log, world.world.objects).ok());
  world.accept(1, at(kFirstDay + 1, 0));
  const auto log = ArchivedLog::open(world.world.objects, &world.log);
  EXPECT_EQ(formats::cursor_text((*log)->end()), "e:1,k:0:1,k:1:1");
  EXPECT_EQ(read_from(**log, {}, 10).size(), 3U);
}

RC_GTEST_PROP(ArchivePartitions, WithTheLogReadAsTheLogAlone, ()) {
  PartitionedWorld world(4);
  const ArchiveOptions options{.rows_per_file_max =
                                   static_cast<std::size_t>(*rc::gen::inRange(1, 9))};
  for (std::int32_t run = 0; run < 3; ++run) {
    fill(world, *rc::gen::inRange(0, 30));
    const std::int32_t until = kFirstDay + *rc::gen::inRange(0, 6);
    RC_ASSERT(archive_stage(world.until(until), world.log, world.world.objects, options).ok());
    const auto before = world.world.all_objects();
    RC_ASSERT(archive_stage(world.until(until), world.log, world.world.objects, options).ok());
    RC_ASSERT(world.world.all_objects() == before);
  }
  const auto index = load_archive_index(world.world.objects);
  RC_ASSERT(index.ok());
  Cursor removed;  // some of what is archived left the log
  const Cursor archived_end = index->end();
  for (const auto& [partition, next] : archived_end.partitions()) {
    removed.set_next(partition, static_cast<std::uint64_t>(
                                    *rc::gen::inRange<std::int64_t>(0, std::int64_t(next) + 1)));
  }
  world.log.remove_before(removed);
  for (const auto prefer : {ArchivedLog::Prefer::kArchive, ArchivedLog::Prefer::kLog}) {
    const auto log = ArchivedLog::open(world.world.objects, &world.log, prefer);
    RC_ASSERT(log.ok());
    RC_ASSERT((*log)->end() == world.log.end());
    check_reads_as_stored(**log, world.log.records(),
                          static_cast<std::size_t>(*rc::gen::inRange(1, 20)));
  }
}

RC_GTEST_PROP(ArchivePartitions, LeaveNoEventOfAClosedDayBehind, ()) {
  PartitionedWorld world(2);
  fill(world, *rc::gen::inRange(0, 60));
  const std::int32_t days = *rc::gen::inRange(0, 5);
  for (const std::int32_t partition : {0, 1}) {  // witnesses that the clock has come so far
    for (int i = 0; i < 20; ++i) world.accept(partition, at(kFirstDay + 5, i));
  }
  RC_ASSERT(archive_stage(world.until(kFirstDay + days), world.log, world.world.objects).ok());
  const Cursor end = load_archive_index(world.world.objects)->end();
  const std::int64_t closed_ms = at(kFirstDay + days, 0) - 20 * kMinute;
  for (const LogRecord& record : world.log.records()) {
    const std::int64_t time_ms = record.event.accepted_at_ms;
    const bool is_closed = at(kFirstDay, 0) - 20 * kMinute < time_ms && time_ms < closed_ms;
    RC_ASSERT(!is_closed || end.includes(record.offset));
  }
}

RC_GTEST_PROP(ArchivePartitions, AddUpToTheirOffsetsInEveryFile, ()) {
  PartitionedWorld world(3);
  fill(world, 80);
  const auto archived = archive_stage(world.until(kFirstDay + 3), world.log, world.world.objects);
  RC_ASSERT(archived.ok());
  const auto index = load_archive_index(world.world.objects);
  const auto stored = world.log.records();
  std::uint64_t records = 0;
  for (const auto& file : index->files) {
    const auto within = std::ranges::count_if(stored, [&](const LogRecord& record) {
      return file.first <= record.offset && record.offset <= file.last;
    });
    RC_ASSERT(file.events + file.skipped == static_cast<std::uint64_t>(within));
    records += file.events + file.skipped;
  }
  RC_ASSERT(archived->events + archived->skipped == records);
}

}  // namespace
}  // namespace marquee::batch
