#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "batch/batch_fixture.h"
#include "testing/fake_partitioned_log.h"

namespace marquee::batch {

inline constexpr std::int32_t kFirstDay = 20'089;  // 2025-01-01

inline std::int64_t at(std::int32_t day, std::int64_t ms_of_day) {
  return std::int64_t{day} * kMillisecondsPerDay + ms_of_day;
}

/// A log of several partitions, its archive, and whoever writes to the topic.
struct PartitionedWorld {
  explicit PartitionedWorld(std::int32_t partitions) : log(partitions) {}

  /// An event that was accepted then. Every event is another one.
  Offset accept(std::int32_t partition, std::int64_t accepted_at_ms) {
    Event event = taste_rating(1, film++ % 40);
    event.event_id = Uuid::v7_from(1'735'689'600'000, 1, static_cast<std::uint64_t>(film));
    event.user_id = UserId(viewer_of(partition));
    event.ts_ms = accepted_at_ms;
    event.accepted_at_ms = accepted_at_ms;
    return log.push(std::move(event), 7);
  }
  /// What is no event.
  Offset poison(std::int32_t partition) {
    Event nothing;
    nothing.user_id = UserId(viewer_of(partition));
    return log.push(std::move(nothing), 0, "not JSON");
  }
  /// A run that reads everything that is there and archives the days before `day`.
  formats::RunRecord until(std::int32_t day) const {
    formats::RunRecord run = small_run();
    run.log_end = log.end();
    run.archive_until_day = day;
    return run;
  }

  World world;
  marquee::testing::FakePartitionedLog log;
  int film = 0;

 private:
  std::string viewer_of(std::int32_t partition) const {
    return std::string(log.partitions().size() + static_cast<std::size_t>(partition), 'v');
  }
};

/// Everything from `from` on, so many at a time; fails the test when a read fails or stands still.
inline std::vector<LogRecord> read_from(EventLog& log, Cursor from, std::size_t events_max) {
  std::vector<LogRecord> all;
  for (;;) {
    auto batch = log.read(from, events_max, std::chrono::milliseconds(0));
    EXPECT_TRUE(batch.ok()) << batch.error().message;
    if (!batch.ok() || (batch->records.empty() && batch->next == from)) return all;
    EXPECT_LE(batch->records.size(), events_max);
    for (LogRecord& record : batch->records) all.push_back(std::move(record));
    from = batch->next;
  }
}

}  // namespace marquee::batch
