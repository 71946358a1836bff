#include "app/background/log_retention.h"

#include <algorithm>

#include <fmt/format.h>

#include "batch/archived_log.h"
#include "telemetry/log.h"

namespace marquee::app {
namespace {

using embedded::RemovedSegments;
using embedded::RetentionLimits;
using embedded::Segment;

constexpr std::size_t kReadEventsMax = 4'096;

Cursor cursor_at(std::uint64_t sequence) {
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, sequence);
  return cursor;
}

/// Hands out the records of a log one by one.
class Records {
 public:
  Records(EventLog& log, std::uint64_t from) : log_(log), at_(cursor_at(from)) {}

  /// Null behind the last one before `end`. Valid until the next call.
  Result<const LogRecord*> next(std::uint64_t end) {
    if (taken_ == batch_.records.size() && at_.next(Offset::kEmbedded) < end) {
      MARQUEE_TRY(batch_, log_.read(at_, kReadEventsMax, std::chrono::milliseconds(0)));
      at_ = batch_.next;
      taken_ = 0;
    }
    const bool none =
        taken_ == batch_.records.size() || batch_.records[taken_].offset.sequence >= end;
    return none ? nullptr : &batch_.records[taken_++];
  }

 private:
  EventLog& log_;
  Cursor at_;
  LogBatch batch_;
  std::size_t taken_ = 0;
};

}  // namespace

LogRetention::LogRetention(Storage& storage, const Clock& clock, telemetry::Metrics& metrics,
                           Options options)
    : storage_(storage),
      clock_(clock),
      options_(options),
      segments_(metrics.gauge("marquee_log_segments", "segments of the event log")),
      bytes_(metrics.gauge("marquee_log_bytes", "size of the event log's segments")),
      first_offset_(metrics.gauge("marquee_log_first_offset", "event the log begins with")),
      removed_segments_(
          metrics.counter("marquee_log_removed_segments_total", "segments that retention removed")),
      removed_bytes_(metrics.counter("marquee_log_removed_bytes_total", "and their size")) {
  set_gauges();
}

LogRetention::~LogRetention() { thread_ = {}; }

void LogRetention::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LogRetention::run(const std::stop_token& stop) {
  auto next_pass = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    if (std::chrono::steady_clock::now() >= next_pass) {
      next_pass = std::chrono::steady_clock::now() + options_.every;
      const auto removed = remove_old(stop);
      if (!removed.ok() && !stop.stop_requested()) {
        telemetry::log(telemetry::Level::kWarning, "retention",
                       "no old events are removed: " + removed.error().message);
      }
    }
    set_gauges();
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, options_.gauges_every, [] { return false; });
  }
}

void LogRetention::set_gauges() {
  const auto segments = storage_.owned_log->segments().all();
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments) {
    const auto size = segment.file->size();
    if (size.ok()) bytes += *size;
  }
  segments_.set(static_cast<double>(segments.size()));
  bytes_.set(static_cast<double>(bytes));
  first_offset_.set(static_cast<double>(storage_.log->begin().next(Offset::kEmbedded)));
}

Result<RemovedSegments> LogRetention::remove_old(const std::stop_token& stop) {
  RemovedSegments all;
  MARQUEE_TRY(const auto index, batch::load_archive_index(*storage_.objects));
  RetentionLimits limits{clock_.wall_ms() - options_.keep_ms, storage_.folded_end,
                         index.end().next(Offset::kEmbedded)};
  const auto& segments = storage_.owned_log->segments();
  const std::uint64_t end = embedded::removable_end(segments, limits);
  while (const auto first = segments.first()) {
    const std::uint64_t begin = first->header.first_offset;
    const auto next = segments.after(begin);
    if (begin >= end || !next || stop.stop_requested()) break;
    limits.archived_end = next->header.first_offset;
    MARQUEE_CHECK(check_archived(begin, limits.archived_end, stop));
    MARQUEE_TRY(const auto removed, storage_.owned_log->remove_old(limits));
    all.segments += removed.segments;
    all.bytes += removed.bytes;
    removed_segments_.add(static_cast<double>(removed.segments));
    removed_bytes_.add(static_cast<double>(removed.bytes));
    telemetry::log(telemetry::Level::kInfo, "retention",
                   fmt::format("events before {} are in the archive alone",
                               Offset{Offset::kEmbedded, limits.archived_end}.to_string()));
  }
  set_gauges();
  return all;
}

/// What is about to be the only copy is read back and compared first. It may already be the only
/// one: what a repair of the log gave up.
Result<void> LogRetention::check_archived(std::uint64_t from, std::uint64_t end,
                                          const std::stop_token& stop) {
  MARQUEE_TRY(const auto archive, batch::ArchivedLog::open(*storage_.objects, nullptr));
  Records archived(*archive, from);
  Records logged(*storage_.log, from);
  std::uint64_t given_up = 0;
  for (;;) {
    if (stop.stop_requested()) return Error{ErrorCode::kUnavailable, "the server stops"};
    MARQUEE_TRY(const LogRecord* in_log, logged.next(end));
    MARQUEE_TRY(const LogRecord* in_archive, archived.next(end));
    while (in_archive != nullptr && (in_log == nullptr || in_archive->offset < in_log->offset)) {
      ++given_up;
      MARQUEE_TRY(in_archive, archived.next(end));
    }
    if (in_log == nullptr) break;
    if (in_archive != nullptr && in_log->offset == in_archive->offset &&
        in_log->event == in_archive->event) {
      continue;
    }
    return Error{ErrorCode::kDataLoss,
                 fmt::format("the archive in {} differs from the log at event {}: restore it from "
                             "a backup",
                             storage_.paths.objects.string(), in_log->offset.to_string())};
  }
  if (given_up > 0) {
    telemetry::log(
        telemetry::Level::kInfo, "retention",
        fmt::format("{} events that a repair of the log gave up are in the archive", given_up));
  }
  return {};
}

}  // namespace marquee::app
