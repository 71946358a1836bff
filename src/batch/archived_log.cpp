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

Result<LogBatch> ArchivedLog::read(const Cursor& from, std::size_t events_max,
                                   std::chrono::milliseconds wait) {
  const std::uint64_t sequence = from.next(Offset::kEmbedded);
  const std::size_t file = file_of(sequence);
  if (file < index_.files.size() && sequence < log_from_) {
    return read_archive(file, sequence, events_max);
  }
  if (log_ != nullptr) return log_->read(from, events_max, wait);
  return LogBatch{{}, from};
}

Result<LogBatch> ArchivedLog::read_archive(std::size_t file, std::uint64_t from,
                                           std::size_t events_max) {
  if (!reader_ || file != file_ || from != next_) MARQUEE_CHECK(open_file(file));
  MARQUEE_CHECK(fill(from));
  LogBatch batch;
  take_ready(events_max, batch);
  if (batch.records.empty() && log_ != nullptr) {  // between here and the log's begin is nothing
    batch.next.set_next(Offset::kEmbedded, log_from_);
    return log_->read(batch.next, events_max, std::chrono::milliseconds(0));
  }
  next_ = batch.records.back().offset.sequence + 1;
  batch.next.set_next(Offset::kEmbedded, next_);
  return batch;
}

void ArchivedLog::take_ready(std::size_t events_max, LogBatch& batch) {
  while (!ready_.empty() && batch.records.size() < events_max) {
    formats::ArchivedEvent& event = ready_.front();
    if (event.offset->sequence >= log_from_) return;
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
