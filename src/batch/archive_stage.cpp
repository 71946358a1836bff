#include "batch/archive_stage.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "batch/archived_log.h"
#include "formats/archive_index.h"
#include "formats/parquet.h"

namespace marquee::batch {
namespace {

using formats::ArchiveIndex;

constexpr std::size_t kReadEventsMax = 4'096;

std::string file_key(std::int32_t day, std::size_t number) {
  const CivilDate date = civil_date(std::int64_t{day} * kMillisecondsPerDay);
  return fmt::format("archived-events/{:04}/{:02}/{:02}/events-{:03}.parquet", date.year,
                     date.month, date.day, number);
}

/// Gathers the records of one file, writes it, and commits whole days to the index.
class DayFiles {
 public:
  DayFiles(ObjectStore& objects, ArchiveIndex index, const ArchiveOptions& options)
      : objects_(objects),
        index_(std::move(index)),
        rows_max_(std::max<std::size_t>(1, options.rows_per_file_max)) {}

  Result<void> append(LogRecord record) {
    const std::int32_t day = utc_day(record.event.accepted_at_ms);
    if (!rows_.empty() && day != day_) MARQUEE_CHECK(commit_day());
    if (rows_.size() == rows_max_) MARQUEE_CHECK(write_file());
    day_ = day;
    rows_.push_back(std::move(record));
    return {};
  }

  Result<void> commit_day() {
    if (rows_.empty()) return {};
    MARQUEE_CHECK(write_file());
    const std::string json = formats::to_json(index_);
    MARQUEE_CHECK(objects_.put(ArchiveIndex::kKey, std::as_bytes(std::span(json))));
    ++summary_.days;
    return {};
  }

  ArchiveSummary summary() const {
    ArchiveSummary summary = summary_;
    summary.archived_until = index_.end();
    return summary;
  }

 private:
  Result<void> write_file() {
    const Offset first = rows_.front().offset;
    const Offset last = rows_.back().offset;
    MARQUEE_TRY(const auto writer,
                formats::EventsWriter::make({{"marquee.kind", "archived events"},
                                             {"marquee.date", formats::date_text(day_)},
                                             {"marquee.offset_first", first.to_string()},
                                             {"marquee.offset_last", last.to_string()}}));
    for (LogRecord& row : rows_) {
      MARQUEE_CHECK(writer->append({std::move(row.event), row.offset}));
    }
    MARQUEE_TRY(const auto bytes, writer->finish());
    const auto files_of_day = std::ranges::count(index_.files, day_, &ArchiveIndex::File::day);
    index_.files.push_back({file_key(day_, static_cast<std::size_t>(files_of_day)), day_, first,
                            last, sha256_hex(bytes), bytes.size(), rows_.size()});
    summary_.events += rows_.size();
    rows_.clear();
    return objects_.put(index_.files.back().key, bytes);
  }

  ObjectStore& objects_;
  ArchiveIndex index_;  ///< with files that are written and not committed yet
  const std::size_t rows_max_;
  std::int32_t day_ = 0;
  std::vector<LogRecord> rows_;  ///< of the file being gathered
  ArchiveSummary summary_;
};

}  // namespace

Result<ArchiveSummary> archive_stage(const formats::RunRecord& run, EventLog& log,
                                     ObjectStore& objects, const ArchiveOptions& options) {
  MARQUEE_TRY(ArchiveIndex index, load_archive_index(objects));
  Cursor at = index.end();
  DayFiles files(objects, std::move(index), options);
  for (;;) {
    MARQUEE_TRY(LogBatch batch, log.read(at, kReadEventsMax, std::chrono::milliseconds(0)));
    if (batch.records.empty()) break;
    at = batch.next;
    bool open_day = false;
    for (LogRecord& record : batch.records) {
      // accepted_at never falls along the log: behind the first event of an open day all are open.
      open_day = !run.log_end.includes(record.offset) ||
                 utc_day(record.event.accepted_at_ms) >= run.archive_until_day;
      if (open_day) break;
      MARQUEE_CHECK(files.append(std::move(record)));
    }
    if (open_day) break;
  }
  MARQUEE_CHECK(files.commit_day());
  return files.summary();
}

}  // namespace marquee::batch
