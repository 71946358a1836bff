#include "batch/run.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "batch/archived_log.h"
#include "batch/filed_records.h"
#include "batch/model_store.h"
#include "formats/history_index.h"
#include "formats/parquet.h"

namespace marquee::batch {
namespace {

using formats::RunRecord;

constexpr std::string_view kRuns = "runs/";
constexpr std::string_view kManual = "manual-";
constexpr int kVersionsAMinuteMax = 100;

std::string record_key(std::string_view run_id) { return fmt::format("{}{}.json", kRuns, run_id); }

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The index of the imported history and its SHA-256; none and "" when nothing was imported.
struct History {
  std::optional<formats::HistoryIndex> index;
  std::string sha256;
};

Result<History> read_history_index(const ObjectStore& objects) {
  const auto bytes = objects.get(formats::HistoryIndex::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return History{};
  if (!bytes.ok()) return bytes.error();
  MARQUEE_TRY(auto index, formats::parse_history_index(text_of(*bytes)));
  return History{std::move(index), sha256_hex(*bytes)};
}

/// Behind the last event of each partition that belongs before `until_ms` (FiledRecords). Days that
/// are archived are passed over by the index.
Result<Cursor> cursor_before(const ObjectStore& objects, EventLog& log, std::int64_t until_ms) {
  MARQUEE_TRY(const auto archived, ArchivedLog::open(objects, &log));
  Cursor from = archived->begin();
  for (const auto& file : archived->index().files) {
    if (file.day < utc_day(until_ms)) from.set_next(file.last.partition, file.last.sequence + 1);
  }
  const Cursor end = archived->end();
  Cursor before;
  for (const std::int32_t partition : archived->partitions()) {
    FiledRecords records(*archived, partition, from.next(partition), end.next(partition));
    for (;;) {
      MARQUEE_TRY(const auto* const next, records.front());
      if (next == nullptr || next->time_ms >= until_ms) break;
      records.pop();
    }
    before.set_next(partition, records.position());
  }
  return before;
}

/// When the last event of history happened: files and rows stand in the order of ts.
Result<std::int64_t> history_end_ms(const ObjectStore& objects,
                                    const formats::HistoryIndex& index) {
  std::int64_t last = 0;
  if (index.files.empty()) return last;
  MARQUEE_TRY(const auto bytes, objects.get(index.files.back().key));
  MARQUEE_TRY(const auto reader, formats::EventsReader::open(bytes));
  for (;;) {
    MARQUEE_TRY(const auto events, reader->next());
    if (events.empty()) return last;
    last = events.back().event.ts_ms;
  }
}

/// When the newest event of a partition before `end` came; 0 when it holds none that can be read.
/// Looks back ever further, since what ends a partition may be gaps or no events.
Result<std::int64_t> newest_event_ms(EventLog& log, std::int32_t partition, std::uint64_t begin,
                                     std::uint64_t end) {
  for (std::uint64_t back = 1; begin < end; back *= 2) {
    const std::uint64_t from = end - std::min(back, end - begin);
    std::int64_t newest = 0;
    FiledRecords records(log, partition, from, end);
    for (;;) {
      MARQUEE_TRY(const auto* const next, records.front());
      if (next == nullptr) break;
      newest = std::max(newest, next->time_ms);
      records.pop();
    }
    if (newest > 0 || from == begin) return newest;
  }
  return std::int64_t{0};
}

/// When the newest event came: in the log, else in history.
Result<std::int64_t> newest_event_ms(const ObjectStore& objects, const History& history,
                                     EventLog* log, const Cursor& end) {
  std::int64_t newest = 0;
  if (log != nullptr) {
    MARQUEE_TRY(const auto archived, ArchivedLog::open(objects, log));
    const Cursor begin = archived->begin();
    for (const auto& [partition, next] : end.partitions()) {
      MARQUEE_TRY(const std::int64_t of_partition,
                  newest_event_ms(*archived, partition, begin.next(partition), next));
      newest = std::max(newest, of_partition);
    }
  }
  if (newest == 0 && history.index) return history_end_ms(objects, *history.index);
  return newest;
}

std::int64_t start_of(std::int32_t day) { return std::int64_t{day} * kMillisecondsPerDay; }

Result<RunRecord> same_run(const RunRequest& request, RunRecord record, const History& history) {
  MARQUEE_CHECK(check_begun_by(record, request.by));
  const bool by_day = request.logical_day && !time_of_run_id(request.run_id);
  if (by_day && record.as_of_ms != start_of(*request.logical_day + 1)) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("run '{}' began with another logical date than {}: give another run id",
                    request.run_id, formats::date_text(*request.logical_day))};
  }
  if (record.history_sha256 != history.sha256) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("history was imported anew since run '{}' began: start another run",
                             request.run_id)};
  }
  return record;
}

/// What the run reads, by the table in run.h.
Result<void> fix_input(const RunRequest& request, const ObjectStore& objects, EventLog* log,
                       const Clock& clock, const History& history, RunRecord& record) {
  const std::int64_t now = clock.wall_ms();
  const auto named = time_of_run_id(request.run_id);
  const std::int32_t until_day = request.logical_day ? *request.logical_day + 1 : utc_day(now);
  record.archive_until_day = std::min(until_day, utc_day(now));
  const bool day_is_over = request.logical_day && !named && start_of(until_day) <= now;
  if (log != nullptr) {
    record.log_end = log->end();
    if (day_is_over) {
      MARQUEE_TRY(record.log_end, cursor_before(objects, *log, start_of(until_day)));
    }
  }
  if (record.log_end.partitions().empty() && !history.index) {
    return Error{ErrorCode::kFailedPrecondition,
                 "there is no event to train on: import a data set or collect events first"};
  }
  if (named || request.logical_day) {
    record.as_of_ms = named ? *named : start_of(until_day);
  } else {
    MARQUEE_TRY(record.as_of_ms, newest_event_ms(objects, history, log, record.log_end));
  }
  return {};
}

}  // namespace

std::string manual_run_id(std::int64_t wall_ms) {
  std::string id(kManual);  // of 2025-01-03T02:00:00.000Z
  for (const char c : format_rfc3339(wall_ms).substr(0, 19)) {
    if (c != '-' && c != ':') id += c;
  }
  return id + 'Z';
}

std::optional<std::int64_t> time_of_run_id(std::string_view run_id) {
  constexpr std::size_t kTimeLength = 16;  // 20250103T020000Z
  if (!run_id.starts_with(kManual)) return std::nullopt;
  run_id.remove_prefix(kManual.size());
  if (run_id.size() < kTimeLength) return std::nullopt;
  if (run_id.size() > kTimeLength && run_id[kTimeLength] != '-') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) { return run_id.substr(at, length); };
  const auto ms =
      parse_rfc3339(fmt::format("{}-{}-{}{}{}:{}:{}{}", part(0, 4), part(4, 2), part(6, 2),
                                part(8, 1), part(9, 2), part(11, 2), part(13, 2), part(15, 1)));
  if (!ms.ok()) return std::nullopt;
  return *ms;
}

Result<ModelVersion> new_version(const ObjectStore& objects, std::int64_t as_of_ms) {
  MARQUEE_TRY(const auto runs, objects.list(kRuns));
  std::set<ModelVersion> taken;
  for (const std::string& key : runs) {
    MARQUEE_TRY(const auto bytes, objects.get(key));
    // A damaged record is for its own run to complain about.
    if (const auto record = formats::parse_run_record(text_of(bytes)); record.ok()) {
      taken.insert(record->model_version);
    }
  }
  const CivilDate date = civil_date(as_of_ms);
  const std::int64_t minute_of_day = (as_of_ms - start_of(utc_day(as_of_ms))) / 60'000;
  const std::string base = fmt::format("als_{:04}{:02}{:02}_{:02}{:02}", date.year, date.month,
                                       date.day, minute_of_day / 60, minute_of_day % 60);
  for (int attempt = 1; attempt <= kVersionsAMinuteMax; ++attempt) {
    ModelVersion version(attempt == 1 ? base : fmt::format("{}-{}", base, attempt));
    MARQUEE_TRY(const auto present, objects.list(model_key(version, "manifest.json")));
    if (present.empty() && !taken.contains(version)) return version;
  }
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} and {} more models of this minute exist already", base,
                           kVersionsAMinuteMax - 1)};
}

Result<RunRecord> begin_run(const RunRequest& request, ObjectStore& objects, EventLog* log,
                            const Clock& clock) {
  if (!is_valid_id(request.run_id) || !check_object_key(record_key(request.run_id)).ok()) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is no run id", request.run_id)};
  }
  if (!request.by.empty() && !is_valid_id(request.by)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' names nobody", request.by)};
  }
  MARQUEE_TRY(const History history, read_history_index(objects));
  auto known = load_run(objects, request.run_id);
  if (known.ok()) return same_run(request, *std::move(known), history);
  if (known.error().code != ErrorCode::kNotFound) return known.error();
  RunRecord record;
  record.run_id = request.run_id;
  record.baseline = request.in_service;
  record.history_sha256 = history.sha256;
  record.top_n = request.top_n;
  record.begun_by = request.by;
  formats::Manifest parameters;
  set_parameters(parameters, request.parameters);
  record.seed = parameters.seed;
  record.parameters = std::move(parameters.parameters);
  MARQUEE_CHECK(fix_input(request, objects, log, clock, history, record));
  MARQUEE_TRY(record.model_version, new_version(objects, record.as_of_ms));
  const std::string json = formats::to_json(record);
  MARQUEE_CHECK(objects.put(record_key(record.run_id), std::as_bytes(std::span(json))));
  return record;
}

Result<RunRecord> load_run(const ObjectStore& objects, std::string_view run_id) {
  const auto bytes = objects.get(record_key(run_id));
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound, fmt::format("run '{}' has not begun", run_id)};
  }
  if (!bytes.ok()) return bytes.error();
  auto record = formats::parse_run_record(text_of(*bytes));
  if (!record.ok()) return record.error().with_context(record_key(run_id));
  return record;
}

Result<void> check_begun_by(const RunRecord& record, std::string_view by) {
  if (by.empty() || record.begun_by.empty() || record.begun_by == by) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("run '{}' was begun by {}, which makes it: only one of the two should "
                           "have the nights",
                           record.run_id, record.begun_by)};
}

models::IalsParameters parameters_of(const RunRecord& record) {
  formats::Manifest manifest;
  manifest.seed = record.seed;
  manifest.parameters = record.parameters;
  return parameters_of(manifest);
}

}  // namespace marquee::batch
