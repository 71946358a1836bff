#include "batch/import_history.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "batch/event_sorter.h"
#include "formats/history_index.h"
#include "formats/parquet.h"

namespace marquee::batch {
namespace {

using formats::HistoryIndex;

constexpr std::string_view kArchive = "archived-events/";
constexpr std::string_view kImportMark = "/events-import-";
constexpr std::uint64_t kProgressEvents = 65'536;
constexpr std::int64_t kTimeEndMs = 253'402'300'800'000;  // 10000-01-01: years have four digits
constexpr std::size_t kHashDigits = 12;

/// The index in `objects`; an empty one when there is none.
Result<HistoryIndex> load_index(const ObjectStore& objects) {
  const auto bytes = objects.get(HistoryIndex::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return HistoryIndex{};
  if (!bytes.ok()) return bytes.error();
  return formats::parse_history_index(
      {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

bool names(const HistoryIndex& index, const std::string& key) {
  return std::ranges::find(index.files, key, &HistoryIndex::File::key) != index.files.end();
}

Result<void> check_event(const Event& event) {
  const auto bad = [&event](std::string_view why) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("interaction {} of the import {}", event.event_id.to_string(), why)};
  };
  const auto is_bad = [](const auto& id) { return id && !is_valid_id(id->value()); };
  if (!is_valid_id(event.user_id.value())) return bad("has a bad user_id");
  if (!is_valid_id(event.movie_id.value())) return bad("has a bad movie_id");
  if (is_bad(event.session_id)) return bad("has a bad session_id");
  if (is_bad(event.list_id)) return bad("has a bad list_id");
  if (event.ts_ms < 0 || event.ts_ms >= kTimeEndMs) return bad("has a time outside 1970 to 9999");
  return {};
}

/// Cuts sorted events into files by year and size, and puts each into the store when it is full.
/// A file's name ends with a piece of its hash: two imports never write different bytes under one
/// key, so the old history stays whole until the new one is committed.
class HistoryFiles {
 public:
  HistoryFiles(ObjectStore& objects, std::size_t rows_max)
      : objects_(objects), rows_max_(std::max<std::size_t>(1, rows_max)) {}

  Result<void> append(const Event& event) {
    const int year = civil_date(event.ts_ms).year;
    if (writer_ && (year != year_ || rows_ == rows_max_)) MARQUEE_CHECK(close());
    if (year != year_) number_ = 0;
    year_ = year;
    if (!writer_) {
      MARQUEE_TRY(writer_, formats::EventsWriter::make({{"marquee.kind", "imported history"},
                                                        {"marquee.year", std::to_string(year)}}));
      rows_ = 0;
    }
    ++rows_;
    return writer_->append({event, std::nullopt});
  }

  Result<void> close() {
    if (!writer_) return {};
    MARQUEE_TRY(const auto bytes, std::exchange(writer_, nullptr)->finish());
    HistoryIndex::File file;
    file.sha256 = sha256_hex(bytes);
    file.key = fmt::format("{}{:04}/01/01{}{:03}-{}.parquet", kArchive, year_, kImportMark,
                           number_++, file.sha256.substr(0, kHashDigits));
    file.bytes = bytes.size();
    file.events = rows_;
    index_.events += rows_;
    index_.files.push_back(file);
    return objects_.put(file.key, bytes);
  }

  const HistoryIndex& index() const { return index_; }

 private:
  ObjectStore& objects_;
  const std::size_t rows_max_;
  HistoryIndex index_;
  std::unique_ptr<formats::EventsWriter> writer_;
  int year_ = -1;
  int number_ = 0;
  std::uint64_t rows_ = 0;
};

/// One import, from reading to the commit.
class Import {
 public:
  Import(ObjectStore& objects, const ImportOptions& options)
      : objects_(objects),
        options_(options),
        sorter_({options.buffer_events_max, options.temp_directory}),
        files_(objects, options.rows_per_file_max) {}

  Result<void> read(const EventSource& interactions) {
    return interactions([this](Event event) -> Result<void> {
      MARQUEE_CHECK(check_event(event));
      MARQUEE_CHECK(sorter_.add(std::move(event)));
      if (++progress_.events_read % kProgressEvents == 0) report();
      return {};
    });
  }

  Result<void> write() {
    MARQUEE_CHECK(sorter_.for_each([this](const Event& event) { return write(event); }));
    MARQUEE_CHECK(files_.close());
    const std::string json = formats::to_json(files_.index());
    commit_tried_ = true;
    MARQUEE_CHECK(objects_.put(HistoryIndex::kKey, std::as_bytes(std::span(json))));
    report();
    summary_.events = files_.index().events;
    summary_.files = files_.index().files.size();
    return {};
  }

  /// Removes every imported file that `index` does not name. What cannot be removed is only in the
  /// way of space: the next import tries again.
  void remove_all_but(const HistoryIndex& index) {
    const auto keys = objects_.list(kArchive);
    if (!keys.ok()) return;
    for (const std::string& key : *keys) {
      if (key.find(kImportMark) == std::string::npos || names(index, key)) continue;
      if (!objects_.remove(key).ok()) return;
    }
  }

  /// True once history.json may name the new files, even when writing it reported an error.
  bool commit_tried() const { return commit_tried_; }
  const HistoryIndex& index() const { return files_.index(); }
  const ImportSummary& summary() const { return summary_; }

 private:
  Result<void> write(const Event& event) {
    if (last_ && last_->event_id == event.event_id && last_->user_id == event.user_id) {
      ++summary_.duplicates;
      return {};
    }
    if (!last_) summary_.first_ts_ms = event.ts_ms;
    summary_.last_ts_ms = event.ts_ms;
    last_ = event;
    MARQUEE_CHECK(files_.append(event));
    if (++progress_.events_written % kProgressEvents == 0) report();
    return {};
  }

  void report() const {
    if (options_.progress) options_.progress(progress_);
  }

  ObjectStore& objects_;
  const ImportOptions& options_;
  EventSorter sorter_;
  HistoryFiles files_;
  std::optional<Event> last_;
  ImportProgress progress_;
  ImportSummary summary_;
  bool commit_tried_ = false;
};

/// The state of a HistoryReader.
class HistoryCursor {
 public:
  HistoryCursor(const ObjectStore& objects, HistoryIndex index)
      : objects_(objects), index_(std::move(index)) {}

  Result<std::vector<Event>> next() {
    for (;;) {
      if (!reader_) {
        if (place_ == index_.files.size()) return std::vector<Event>{};
        MARQUEE_CHECK(open());
      }
      auto batch = reader_->next();
      if (!batch.ok()) return batch.error().with_context(file().key);
      events_ += batch->size();
      if (!batch->empty()) return events_of(*batch);
      MARQUEE_CHECK(close());
    }
  }

 private:
  const HistoryIndex::File& file() const { return index_.files[place_]; }

  Error damaged(std::string_view why) const {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("{} {}: restore it or import the data set again", file().key, why)};
  }

  Result<void> open() {
    auto bytes = objects_.get(file().key);
    if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return damaged("is missing");
    if (!bytes.ok()) return bytes.error();
    bytes_ = std::move(bytes).value();
    if (bytes_.size() != file().bytes || sha256_hex(bytes_) != file().sha256) {
      return damaged("differs from history.json (size or SHA-256)");
    }
    auto reader = formats::EventsReader::open(bytes_);
    if (!reader.ok()) return reader.error().with_context(file().key);
    reader_ = std::move(reader).value();
    events_ = 0;
    return {};
  }

  Result<void> close() {
    if (events_ != file().events) return damaged("holds another number of events than it should");
    reader_.reset();
    bytes_ = {};
    ++place_;
    return {};
  }

  static std::vector<Event> events_of(std::vector<formats::ArchivedEvent>& batch) {
    std::vector<Event> events;
    events.reserve(batch.size());
    for (formats::ArchivedEvent& archived : batch) events.push_back(std::move(archived.event));
    return events;
  }

  const ObjectStore& objects_;
  HistoryIndex index_;
  std::size_t place_ = 0;
  std::vector<std::byte> bytes_;
  std::unique_ptr<formats::EventsReader> reader_;
  std::uint64_t events_ = 0;  ///< read from the file so far
};

}  // namespace

Result<ImportSummary> write_history(const EventSource& interactions, ObjectStore& objects,
                                    const ImportOptions& options) {
  Import import(objects, options);
  MARQUEE_CHECK(import.read(interactions));
  auto old_index = load_index(objects);
  const bool damaged = !old_index.ok() && old_index.error().code == ErrorCode::kDataLoss;
  if (!old_index.ok() && !damaged) return old_index.error();
  if (const auto written = import.write(); !written.ok()) {
    // Which files a damaged or half-written index needs nobody knows: then all stay.
    if (!damaged && !import.commit_tried()) import.remove_all_but(*old_index);
    return written.error();
  }
  import.remove_all_but(import.index());
  return import.summary();
}

Result<HistoryReader> read_history(const ObjectStore& objects) {
  MARQUEE_TRY(HistoryIndex index, load_index(objects));
  const auto cursor = std::make_shared<HistoryCursor>(objects, std::move(index));
  return HistoryReader([cursor] { return cursor->next(); });
}

}  // namespace marquee::batch
