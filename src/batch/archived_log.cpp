#include "batch/archived_log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace marquee::batch {

using formats::ArchiveIndex;

Result<ArchiveIndex> load_archive_index(const ObjectStore& objects) {
  const auto bytes = objects.get(ArchiveIndex::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return ArchiveIndex{};
  if (!bytes.ok()) return bytes.error();
  return formats::parse_archive_index(
      {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

ArchivedLog::ArchivedLog(const ObjectStore& objects, EventLog* log, ArchiveIndex index,
                         std::uint64_t log_from)
    : objects_(objects), log_(log), index_(std::move(index)), log_from_(log_from) {}

Result<std::unique_ptr<ArchivedLog>> ArchivedLog::open(const ObjectStore& objects, EventLog* log,
                                                       Prefer prefer) {
  // The log's begin first: what is removed after this look is archived, and still readable here.
  const bool from_log = log != nullptr && prefer == Prefer::kLog;
  const std::uint64_t log_from =
      from_log ? log->begin().next(Offset::kEmbedded) : std::numeric_limits<std::uint64_t>::max();
  MARQUEE_TRY(ArchiveIndex index, load_archive_index(objects));
  return std::unique_ptr<ArchivedLog>(new ArchivedLog(objects, log, std::move(index), log_from));
}

void ArchivedLog::append(std::vector<PendingEvent> /*events*/, Completion done) {
  done(Error{ErrorCode::kFailedPrecondition, "the archived log is for reading"});
}

Cursor ArchivedLog::end() const {
  Cursor end = index_.end();
  if (log_ == nullptr) return end;
  const Cursor log_end = log_->end();
  for (const auto& [partition, next] : log_end.partitions()) {
    end.set_next(partition, std::max(next, end.next(partition)));
  }
  return end;
}

std::size_t ArchivedLog::file_of(std::uint64_t sequence) const {
  const auto found = std::ranges::lower_bound(index_.files, sequence, {},
                                              [](const auto& file) { return file.last.sequence; });
  return static_cast<std::size_t>(found - index_.files.begin());
}

bool ArchivedLog::may_hold(std::uint64_t from, std::uint64_t until) const {
  const std::size_t file = file_of(from);
  return file < index_.files.size() && index_.files[file].first.sequence < until;
}

Result<LogBatch> ArchivedLog::read(const Cursor& from, std::size_t events_max,
                                   std::chrono::milliseconds wait) {
  const std::uint64_t sequence = from.next(Offset::kEmbedded);
  if (sequence >= log_from_ || file_of(sequence) == index_.files.size()) {
    return read_log(from, events_max, wait);
  }
  MARQUEE_TRY(LogBatch batch, read_archive(sequence, log_from_, events_max));
  if (!batch.records.empty()) return batch;
  batch.next.set_next(Offset::kEmbedded, log_from_);  // between here and the log's begin is nothing
  return read_log(batch.next, events_max, wait);
}

Result<LogBatch> ArchivedLog::read_log(const Cursor& from, std::size_t events_max,
                                       std::chrono::milliseconds wait) {
  if (log_ == nullptr) return LogBatch{{}, from};
  MARQUEE_TRY(LogBatch batch, log_->read(from, events_max, wait));
  return fill_gap(std::move(batch), from.next(Offset::kEmbedded), events_max);
}

/// `batch` of the log, from `from` on, up to the first sequence that the log lacks and the archive
/// has; from there the archive's events when `batch` begins with it.
Result<LogBatch> ArchivedLog::fill_gap(LogBatch batch, std::uint64_t from, std::size_t events_max) {
  std::uint64_t expected = from;
  for (std::size_t i = 0; i <= batch.records.size(); ++i) {
    const bool at_end = i == batch.records.size();
    if (!at_end && batch.records[i].offset.partition != Offset::kEmbedded) return batch;
    const std::uint64_t found =
        at_end ? batch.next.next(Offset::kEmbedded) : batch.records[i].offset.sequence;
    if (expected < found && may_hold(expected, found)) {
      if (i > 0) {
        batch.records.erase(batch.records.begin() + static_cast<std::ptrdiff_t>(i),
                            batch.records.end());
        batch.next.set_next(Offset::kEmbedded, expected);
        return batch;
      }
      MARQUEE_TRY(LogBatch archived, read_archive(expected, found, events_max));
      if (!archived.records.empty()) return archived;
    }
    expected = found + 1;
  }
  return batch;
}

/// At most `events_max` of [from, until), of one file, which must not lie behind the last.
Result<LogBatch> ArchivedLog::read_archive(std::uint64_t from, std::uint64_t until,
                                           std::size_t events_max) {
  const std::size_t file = file_of(from);
  if (!reader_ || file != file_ || from != next_) MARQUEE_CHECK(open_file(file));
  next_ = from;
  MARQUEE_CHECK(fill(from));
  LogBatch batch;
  take_ready(until, events_max, batch);
  if (!batch.records.empty()) next_ = batch.records.back().offset.sequence + 1;
  batch.next.set_next(Offset::kEmbedded, next_);
  return batch;
}

void ArchivedLog::take_ready(std::uint64_t until, std::size_t events_max, LogBatch& batch) {
  while (!ready_.empty() && batch.records.size() < events_max) {
    formats::ArchivedEvent& event = ready_.front();
    if (event.offset->sequence >= until) return;
    batch.records.push_back({*event.offset, std::move(event.event), 0});
    ready_.pop_front();
  }
}

Result<void> ArchivedLog::open_file(std::size_t file) {
  reader_.reset();
  ready_.clear();
  file_ = file;
  const ArchiveIndex::File& named = index_.files[file];
  auto bytes = objects_.get(named.key);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return damaged("is missing");
  if (!bytes.ok()) return bytes.error();
  bytes_ = std::move(bytes).value();
  if (bytes_.size() != named.bytes || sha256_hex(bytes_) != named.sha256) {
    return damaged("differs from archive.json (size or SHA-256)");
  }
  auto reader = formats::EventsReader::open(bytes_);
  if (!reader.ok()) return reader.error().with_context(named.key);
  reader_ = std::move(reader).value();
  return {};
}

/// Reads on until an event at or behind `from` is ready; the index says that there is one.
Result<void> ArchivedLog::fill(std::uint64_t from) {
  const ArchiveIndex::File& named = index_.files[file_];
  while (ready_.empty()) {
    auto events = reader_->next();
    if (!events.ok()) return events.error().with_context(named.key);
    if (events->empty()) return damaged("ends before the offset that archive.json promises");
    for (formats::ArchivedEvent& event : *events) {
      if (!event.offset || *event.offset < named.first || named.last < *event.offset) {
        return damaged("holds an offset outside those of archive.json");
      }
      if (event.offset->sequence >= from) ready_.push_back(std::move(event));
    }
  }
  return {};
}

Error ArchivedLog::damaged(std::string_view why) const {
  return Error{ErrorCode::kDataLoss,
               fmt::format("{} {}: restore it from a backup", index_.files[file_].key, why)};
}

}  // namespace marquee::batch
