#include <fmt/format.h>

#include "app/doctor/checks.h"
#include "batch/archived_log.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kArchiveCheck = "archive";
constexpr std::size_t kReadEventsMax = 4'096;

struct Archive {
  std::uint64_t events = 0;
  std::uint64_t end = 0;
};

/// Reads every file that the index names; its checksums are compared on the way.
Result<Archive> read_archive(const ObjectStore& objects) {
  MARQUEE_TRY(const auto log, batch::ArchivedLog::open(objects, nullptr));
  Archive archive;
  archive.end = log->index().end().next(Offset::kEmbedded);
  std::uint64_t promised = 0;
  for (const auto& file : log->index().files) promised += file.events;
  const Cursor end = log->index().end();
  for (Cursor at; at != end;) {
    MARQUEE_TRY(const auto batch, log->read(at, kReadEventsMax, std::chrono::milliseconds(0)));
    for (const LogRecord& record : batch.records) archive.events += record.poison.empty() ? 1 : 0;
    at = batch.next;
  }
  if (archive.events == promised) return archive;
  return Error{ErrorCode::kDataLoss,
               fmt::format("holds {} events, archive.json promises {}", archive.events, promised)};
}

}  // namespace

void check_archive(const Subject& subject, Report& report) {
  if (subject.objects == nullptr) return;
  const std::string lakehouse = subject.paths.objects.string();
  const char* advice = "restore a backup: what left the log is in the archive alone";
  const auto archive = read_archive(*subject.objects);
  if (!archive.ok()) {
    return report.error(kArchiveCheck, lakehouse, archive.error().message, advice,
                        archive.error().code);
  }
  if (archive->end < subject.log_begin) {
    return report.error(kArchiveCheck, lakehouse,
                        fmt::format("ends before event {}, the log begins with {}", archive->end,
                                    subject.log_begin),
                        advice, ErrorCode::kDataLoss);
  }
  report.ok(kArchiveCheck, lakehouse,
            fmt::format("{} events of the log, every checksum holds", archive->events));
}

}  // namespace marquee::app::doctor
