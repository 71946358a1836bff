#include "batch/archived_log.h"

#include <algorithm>
#include <utility>

namespace marquee::batch {

using formats::ArchiveIndex;
using formats::LogMoves;

Result<LogMoves> load_log_moves(const ObjectStore& objects) {
  const auto bytes = objects.get(LogMoves::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return LogMoves{};
  if (!bytes.ok()) return bytes.error();
  return formats::parse_log_moves({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

Result<ArchiveIndex> load_archive_index(const ObjectStore& objects) {
  const auto bytes = objects.get(ArchiveIndex::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return ArchiveIndex{};
  if (!bytes.ok()) return bytes.error();
  return formats::parse_archive_index(
      {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

Result<std::unique_ptr<ArchivedLog>> ArchivedLog::open(const ObjectStore& objects, EventLog* log,
                                                       Prefer prefer) {
  // The log's begin first: what is removed after this look is archived, and still readable here.
  const bool from_log = log != nullptr && prefer == Prefer::kLog;
  const Cursor log_from = from_log ? log->begin() : Cursor();
  MARQUEE_TRY(ArchiveIndex index, load_archive_index(objects));
  MARQUEE_TRY(LogMoves moves, load_log_moves(objects));
  return std::unique_ptr<ArchivedLog>(new ArchivedLog(
      objects, log, std::move(index), std::move(moves), from_log ? &log_from : nullptr));
}

ArchivedLog::ArchivedLog(const ObjectStore& objects, EventLog* log, ArchiveIndex index,
                         LogMoves moves, const Cursor* log_from)
    : objects_(objects), log_(log), index_(std::move(index)), moves_(std::move(moves)) {
  for (std::size_t i = 0; i < index_.files.size(); ++i) {
    known_[index_.files[i].first.partition].files.push_back(i);
  }
  const Cursor archive_end = index_.end();
  for (const auto& [partition, next] : archive_end.partitions()) {
    known_[partition].archive_end = next;
    known_[partition].archive_until = next;
  }
  const auto in_log = log_ != nullptr ? log_->partitions() : std::vector<std::int32_t>();
  for (const std::int32_t partition : in_log) {
    Partition& known = known_[partition];
    known.in_log = true;
    if (log_from == nullptr) continue;
    // What came before a move is read in the order of the moves, which the log does not know.
    known.archive_until = std::max(std::min(known.archive_end, log_from->next(partition)),
                                   moves_.last().next(partition));
  }
  for (const auto& [partition, ignored] : known_) partitions_.push_back(partition);
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

Cursor ArchivedLog::begin() const {
  Cursor begin = log_ != nullptr ? log_->begin() : Cursor();
  for (const auto& [partition, known] : known_) {
    if (!known.files.empty()) begin.set_next(partition, 0);
  }
  return begin;
}

Result<LogBatch> ArchivedLog::read(const Cursor& from, std::size_t events_max,
                                   std::chrono::milliseconds wait) {
  return read_partitions(partitions_, from, events_max, wait);
}

Result<LogBatch> ArchivedLog::read_partitions(std::span<const std::int32_t> partitions,
                                              const Cursor& from, std::size_t events_max,
                                              std::chrono::milliseconds wait) {
  LogBatch batch{{}, from};
  for (std::size_t move = 0; move <= moves_.moves.size(); ++move) {
    for (const std::int32_t partition : partitions) {
      const auto known = known_.find(partition);
      if (known == known_.end()) continue;
      const std::uint64_t until = move < moves_.moves.size() ? moves_.moves[move].next(partition)
                                                             : known->second.archive_until;
      MARQUEE_CHECK(read_archive(partition, until, events_max, batch));
      if (!batch.records.empty()) return batch;
    }
  }
  return read_log(partitions, std::move(batch), events_max, wait);
}

/// The partition's first file that ends at or behind `sequence`.
std::vector<std::size_t>::const_iterator ArchivedLog::file_behind(const Partition& known,
                                                                  std::uint64_t sequence) const {
  return std::ranges::lower_bound(known.files, sequence, {},
                                  [&](std::size_t i) { return index_.files[i].last.sequence; });
}

bool ArchivedLog::may_hold(const Partition& known, std::uint64_t from, std::uint64_t until) const {
  const auto file = file_behind(known, from);
  return file != known.files.end() && index_.files[*file].first.sequence < until;
}

/// Moves the partition's cursor over what of the archive holds nothing, up to its first records
/// before `until`.
Result<void> ArchivedLog::read_archive(std::int32_t partition, std::uint64_t until,
                                       std::size_t events_max, LogBatch& batch) {
  const Partition& known = known_.at(partition);
  while (batch.records.empty() && batch.next.next(partition) < until) {
    const auto file = file_behind(known, batch.next.next(partition));
    if (file == known.files.end() || index_.files[*file].first.sequence >= until) {
      batch.next.set_next(partition, until);
    } else {
      MARQUEE_CHECK(read_file(*file, until, events_max, batch));
    }
  }
  return {};
}

Result<void> ArchivedLog::read_file(std::size_t file, std::uint64_t until, std::size_t events_max,
                                    LogBatch& batch) {
  const ArchiveIndex::File& named = index_.files[file];
  const std::uint64_t from = batch.next.next(named.first.partition);
  if (!open_ || file != file_ || from != next_) {
    open_.reset();
    MARQUEE_TRY(open_, ArchiveFile::open(objects_, named));
    file_ = file;
  }
  next_ = std::min(until, named.last.sequence + 1);
  for (;;) {
    MARQUEE_TRY(LogRecord* const record, open_->front());
    if (record == nullptr || record->offset.sequence >= until) break;
    if (batch.records.size() == events_max) {
      next_ = batch.records.back().offset.sequence + 1;
      break;
    }
    if (record->offset.sequence >= from) batch.records.push_back(std::move(*record));
    open_->pop();
  }
  batch.next.set_next(named.first.partition, next_);
  return {};
}

Result<LogBatch> ArchivedLog::read_log(std::span<const std::int32_t> partitions, LogBatch batch,
                                       std::size_t events_max, std::chrono::milliseconds wait) {
  std::vector<std::int32_t> in_log;
  Cursor from;  // a log knows its own partitions only
  for (const std::int32_t partition : partitions) {
    const auto found = known_.find(partition);
    if (found == known_.end() || !found->second.in_log) continue;
    in_log.push_back(partition);
    from.set_next(partition, batch.next.next(partition));
  }
  if (in_log.empty()) return batch;
  const Cursor start = batch.next;
  MARQUEE_TRY(LogBatch read, log_->read_partitions(in_log, from, events_max, wait));
  batch.records = std::move(read.records);
  for (const std::int32_t partition : in_log) {
    batch.next.set_next(partition, read.next.next(partition));
  }
  for (const std::int32_t partition : in_log) {
    MARQUEE_TRY(const bool filled, fill_gap(partition, start, events_max, batch));
    if (filled) break;
  }
  return batch;
}

/// Ends the partition's part of `batch`, read from the log from `from` on, before the first
/// sequence that the log lacks and the archive has. When the batch begins with it, what the archive
/// has takes the batch's place, and the answer is true.
Result<bool> ArchivedLog::fill_gap(std::int32_t partition, const Cursor& from,
                                   std::size_t events_max, LogBatch& batch) {
  const Partition& known = known_.at(partition);
  std::uint64_t expected = from.next(partition);
  bool at_begin = true;
  const auto is_ours = [&](const LogRecord& record) {
    return record.offset.partition == partition;
  };
  for (auto at = batch.records.begin(); expected < known.archive_end; ++at, at_begin = false) {
    at = std::find_if(at, batch.records.end(), is_ours);
    const bool at_end = at == batch.records.end();
    const std::uint64_t found = at_end ? batch.next.next(partition) : at->offset.sequence;
    if (expected < found && may_hold(known, expected, found)) {
      if (!at_begin) {
        batch.records.erase(std::remove_if(at, batch.records.end(), is_ours), batch.records.end());
        batch.next.set_next(partition, expected);
        return false;
      }
      LogBatch archived{{}, from};
      MARQUEE_CHECK(read_archive(partition, found, events_max, archived));
      if (!archived.records.empty()) {
        batch = std::move(archived);
        return true;
      }
    }
    if (at_end) return false;
    expected = found + 1;
  }
  return false;
}

}  // namespace marquee::batch
