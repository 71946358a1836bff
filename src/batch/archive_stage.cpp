#include "batch/archive_stage.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "batch/archived_log.h"
#include "batch/filed_records.h"
#include "formats/archive_index.h"
#include "formats/parquet.h"
#include "formats/sequence_ranges.h"

namespace marquee::batch {
namespace {

using formats::ArchiveIndex;

std::string file_key(std::int32_t day, std::int32_t partition, std::size_t number) {
  const CivilDate date = civil_date(std::int64_t{day} * kMillisecondsPerDay);
  const std::string of_partition =
      partition == Offset::kEmbedded ? "" : fmt::format("p{:04}-", partition);
  return fmt::format("archived-events/{:04}/{:02}/{:02}/events-{}{:03}.parquet", date.year,
                     date.month, date.day, of_partition, number);
}

/// The records of one file.
class DayFile {
 public:
  DayFile(std::int32_t day, std::int32_t partition) : day_(day), partition_(partition) {}

  std::size_t size() const { return rows_.size() + skipped_.size(); }

  void append(LogRecord record) {
    if (size() == 0) first_ = record.offset;
    last_ = record.offset;
    if (!record.poison.empty()) {
      skipped_.push_back(record.offset.sequence);
    } else {
      rows_.push_back({std::move(record.event), record.offset});
    }
  }

  /// Puts what was gathered as the `number`th file of its day and partition, and starts anew.
  Result<ArchiveIndex::File> put(ObjectStore& objects, std::size_t number) {
    formats::FileMetadata metadata{{"marquee.kind", "archived events"},
                                   {"marquee.date", formats::date_text(day_)},
                                   {"marquee.offset_first", first_.to_string()},
                                   {"marquee.offset_last", last_.to_string()}};
    if (!skipped_.empty()) {
      metadata.emplace_back(ArchiveFile::kSkippedKey, formats::ranges_text(skipped_));
    }
    MARQUEE_TRY(const auto writer, formats::EventsWriter::make(metadata));
    for (const formats::ArchivedEvent& row : rows_) MARQUEE_CHECK(writer->append(row));
    MARQUEE_TRY(const auto bytes, writer->finish());
    ArchiveIndex::File file{file_key(day_, partition_, number),
                            day_,
                            first_,
                            last_,
                            sha256_hex(bytes),
                            bytes.size(),
                            rows_.size(),
                            skipped_.size()};
    rows_.clear();
    skipped_.clear();
    MARQUEE_CHECK(objects.put(file.key, bytes));
    return file;
  }

 private:
  const std::int32_t day_;
  const std::int32_t partition_;
  Offset first_;
  Offset last_;
  std::vector<formats::ArchivedEvent> rows_;
  std::vector<std::uint64_t> skipped_;
};

/// Archives day by day, each with all partitions, so that a day is whole when the index names it.
class Archiver {
 public:
  Archiver(ObjectStore& objects, ArchiveIndex index, const ArchiveOptions& options)
      : objects_(objects),
        index_(std::move(index)),
        rows_max_(std::max<std::size_t>(1, options.rows_per_file_max)),
        accept_loss_(options.accept_loss) {
    if (!index_.files.empty()) day_min_ = index_.files.back().day + 1;
  }

  /// What is archived of `log` goes on where the archive ends, and up to `until`.
  Result<void> read_from(EventLog& log, const Cursor& until) {
    const Cursor archived = index_.end();
    const Cursor begin = log.begin();
    for (const std::int32_t partition : log.partitions()) {
      const Offset done{partition, archived.next(partition)};
      const Offset first{partition, begin.next(partition)};
      // A topic may be older than its archive; behind the end of one there is something missing.
      if (done.sequence != 0 && done < first && !accept_loss_) {
        return Error{ErrorCode::kFailedPrecondition,
                     fmt::format("{} up to {} left the log before they were archived: restore the "
                                 "log, or give them up with: marquee batch archive --accept-loss",
                                 done.to_string(), first.to_string())};
      }
      partitions_.emplace_back(log, partition, std::max(done, first).sequence,
                               until.next(partition));
    }
    return {};
  }

  Result<void> archive_days_before(std::int32_t end_day) {
    for (;;) {
      MARQUEE_TRY(const auto day, next_day());
      if (!day || *day >= end_day) return {};
      for (FiledRecords& records : partitions_) MARQUEE_CHECK(write_day(*day, records));
      MARQUEE_CHECK(commit());
      day_min_ = *day + 1;
    }
  }

  ArchiveSummary summary() const {
    ArchiveSummary summary = summary_;
    summary.archived_until = index_.end();
    return summary;
  }

 private:
  /// The earliest day of which a partition has an event that is not archived. What comes late for a
  /// day that is archived belongs to the next: a day that is named is never added to.
  Result<std::optional<std::int32_t>> next_day() {
    std::optional<std::int32_t> earliest;
    for (FiledRecords& records : partitions_) {
      MARQUEE_TRY(const std::int64_t time_ms, records.next_time_ms());
      if (time_ms == FiledRecords::kNoTime) continue;
      const std::int32_t day = std::max(day_min_, utc_day(time_ms));
      earliest = std::min(day, earliest.value_or(day));
    }
    return earliest;
  }

  Result<void> write_day(std::int32_t day, FiledRecords& records) {
    DayFile file(day, records.partition());
    std::size_t number = 0;
    for (;;) {
      MARQUEE_TRY(auto* const next, records.front());
      const bool ends = next == nullptr ||
                        (next->time_ms != FiledRecords::kNoTime && utc_day(next->time_ms) > day);
      if (file.size() == rows_max_ || (ends && file.size() > 0)) {
        MARQUEE_TRY(ArchiveIndex::File written, file.put(objects_, number++));
        summary_.events += written.events;
        summary_.skipped += written.skipped;
        index_.files.push_back(std::move(written));
      }
      if (ends) break;
      file.append(std::move(next->record));
      records.pop();
    }
    if (number > 0 && records.partition() != Offset::kEmbedded) {
      index_.behind_gaps.set_next(records.partition(), records.position());
    }
    return {};
  }

  Result<void> commit() {
    const std::string json = formats::to_json(index_);
    MARQUEE_CHECK(objects_.put(ArchiveIndex::kKey, std::as_bytes(std::span(json))));
    ++summary_.days;
    return {};
  }

  ObjectStore& objects_;
  ArchiveIndex index_;  ///< with files that are written and not committed yet
  const std::size_t rows_max_;
  const bool accept_loss_;
  std::deque<FiledRecords> partitions_;  ///< what is left of each
  std::int32_t day_min_ = std::numeric_limits<std::int32_t>::min();
  ArchiveSummary summary_;
};

}  // namespace

Result<ArchiveSummary> archive_stage(const formats::RunRecord& run, EventLog& log,
                                     ObjectStore& objects, const ArchiveOptions& options) {
  MARQUEE_TRY(ArchiveIndex index, load_archive_index(objects));
  Archiver archiver(objects, std::move(index), options);
  MARQUEE_CHECK(archiver.read_from(log, run.log_end));
  MARQUEE_CHECK(archiver.archive_days_before(run.archive_until_day));
  return archiver.summary();
}

}  // namespace marquee::batch
