#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/segment_log_reader.h"
#include "adapters/embedded/files/disk.h"
#include "app/doctor/checks.h"
#include "base/time_text.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kLogCheck = "log";
constexpr std::int64_t kSkewMs = 5 * 60 * 1'000;  // as far ahead as ingest takes ids
constexpr std::uint64_t kPendingMax = 10'000;     // more beside a running server is a backlog

/// When the last event was accepted, by the clock of that moment.
std::optional<std::int64_t> last_accepted_ms(const std::string& directory, std::uint64_t end) {
  if (end == 0) return std::nullopt;
  auto log = embedded::SegmentLogReader::open(directory);
  if (!log.ok()) return std::nullopt;
  Cursor before_last;
  before_last.set_next(Offset::kEmbedded, end - 1);
  const auto read = (*log)->read(before_last, 1, std::chrono::milliseconds(0));
  if (!read.ok() || read->records.empty()) return std::nullopt;
  return read->records.front().event.accepted_at_ms;
}

void check_clock(const Subject& subject, std::uint64_t end, Report& report) {
  const auto accepted = last_accepted_ms(subject.paths.events.string(), end);
  if (!accepted) return;
  const std::int64_t now = subject.clock.wall_ms();
  if (*accepted <= now + kSkewMs) return;
  report.warning("clock", "this machine",
                 fmt::format("says {}, and the newest event was accepted at {}",
                             format_rfc3339(now), format_rfc3339(*accepted)),
                 "set the clock, best by NTP; events are refused or misdated until it is right");
}

}  // namespace

void check_log(Subject& subject, Report& report) {
  if (subject.paths.events.empty()) return;  // check_services()
  const std::string directory = subject.paths.events.string();
  std::error_code ignored;
  if (!std::filesystem::exists(directory, ignored)) {
    subject.log_end = 0;
    return report.ok(kLogCheck, directory, "no event yet");
  }
  const auto scan = embedded::verify_log(embedded::posix_disk(), directory);
  if (!scan.ok()) {
    return report.error(kLogCheck, directory, scan.error().message,
                        "restore a backup, or give the damaged events up with marquee log repair "
                        "--accept-loss",
                        scan.error().code);
  }
  subject.log_begin = scan->first_offset;
  subject.log_end = scan->end_offset;
  if (scan->lost_events > 0) {
    report.warning(kLogCheck, directory,
                   fmt::format("{} events were given up by repairs", scan->lost_events),
                   "a backup from before may hold them");
  }
  if (scan->torn_bytes > 0 && !subject.server) {
    report.warning(kLogCheck, directory,
                   fmt::format("{} bytes of an unfinished frame at the end: a crash or a power cut "
                               "during a write",
                               scan->torn_bytes),
                   "nothing: they were never acknowledged, and the next start sets them aside");
  } else {
    report.ok(kLogCheck, directory,
              fmt::format("{} events in {} segments, every checksum holds", scan->events,
                          scan->segments));
  }
  check_clock(subject, scan->end_offset, report);
}

void check_fold(const Subject& subject, Report& report) {
  if (!subject.folded || !subject.log_end) return;
  const std::string database = subject.paths.database.string();
  const std::uint64_t folded = subject.folded->cursor.next(Offset::kEmbedded);
  const FoldTotals& totals = subject.folded->totals;
  const std::uint64_t booked = totals.applied + totals.deduplicated + totals.dead_lettered;
  if (folded > *subject.log_end) {
    return report.error("fold", database,
                        fmt::format("the state holds events up to {}, the log ends at {}: it has "
                                    "lost some",
                                    folded, *subject.log_end),
                        "restore a backup, or fold what there is with marquee rebuild",
                        ErrorCode::kDataLoss);
  }
  if (folded < subject.log_begin) {
    return report.error("fold", database,
                        fmt::format("the state holds events up to {}, the log begins with {}",
                                    folded, subject.log_begin),
                        "marquee rebuild folds archive and log again",
                        ErrorCode::kFailedPrecondition);
  }
  if (booked != folded) {
    return report.error(
        "fold", database,
        fmt::format("{} events are folded and {} are accounted for", folded, booked),
        "marquee rebuild folds them again", ErrorCode::kDataLoss);
  }
  const std::uint64_t pending = *subject.log_end - folded;
  if (pending > kPendingMax || (pending > 0 && !subject.server)) {
    report.warning("fold", database,
                   fmt::format("{} events of the log are not folded yet", pending),
                   subject.server ? "wait; if the number grows, the disk or the machine is too slow"
                                  : "start a server: it folds them first");
  } else {
    report.ok("fold", database, fmt::format("folded up to {}", folded));
  }
}

}  // namespace marquee::app::doctor
