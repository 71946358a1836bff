#include <cstdio>

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_repair.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/files/directory_lock.h"
#include "adapters/embedded/files/disk.h"
#include "app/commands/commands.h"
#include "app/storage/data_directory.h"
#include "base/clock.h"
#include "base/json_writer.h"

namespace marquee::app::commands {

Result<void> log_verify(const LoadedSettings& loaded, bool json) {
  MARQUEE_TRY(const auto paths, data_paths(loaded.settings));
  MARQUEE_CHECK(check_local(paths.events, "events"));
  MARQUEE_TRY(const auto scan, embedded::verify_log(embedded::posix_disk(), paths.events.string()));
  if (json) {
    JsonWriter writer;
    writer.begin_object().member("segments", scan.segments).member("frames", scan.frames);
    writer.member("events", scan.events).member("lost_events", scan.lost_events);
    writer.member("first_offset", scan.first_offset).member("end_offset", scan.end_offset);
    writer.member("torn_bytes", scan.torn_bytes);
    fmt::print("{}\n", writer.end_object().text());
    return {};
  }
  fmt::print("log verified: {} events in {} frames of {} segments, offsets {} to {}\n", scan.events,
             scan.frames, scan.segments, scan.first_offset, scan.end_offset);
  if (scan.lost_events > 0) fmt::print("{} events were given up by repairs\n", scan.lost_events);
  if (scan.torn_bytes > 0) {
    fmt::print(
        "{} bytes of an unfinished frame at the end: never acknowledged, set aside at the "
        "next start\n",
        scan.torn_bytes);
  }
  return {};
}

Result<void> log_repair(const LoadedSettings& loaded, bool accept_loss) {
  MARQUEE_TRY(const auto paths, data_paths(loaded.settings));
  MARQUEE_CHECK(check_local(paths.events, "events"));
  MARQUEE_TRY(const auto lock, embedded::DirectoryLock::acquire(paths.directory));
  const SystemClock clock;
  MARQUEE_TRY(const auto repair, embedded::repair_log(embedded::posix_disk(), paths.events.string(),
                                                      accept_loss, clock.wall_ms()));
  fmt::print("log repaired: {} damaged places, {} events lost\n", repair.damaged_places,
             repair.lost_events);
  for (const std::string& file : repair.set_aside) fmt::print("set aside: {}\n", file);
  return {};
}

}  // namespace marquee::app::commands
