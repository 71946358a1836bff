#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// Calls back with every interaction once, in any order; stops with the callback's error.
/// datasets::Dataset::interactions is one.
using EventSource = std::function<Result<void>(const std::function<Result<void>(Event)>&)>;

struct ImportProgress {
  std::uint64_t events_read = 0;
  std::uint64_t events_written = 0;
};

struct ImportOptions {
  std::size_t buffer_events_max = 400'000;  ///< sorted in RAM, some 100 MB; more goes to disk
  std::size_t rows_per_file_max = 1'000'000;
  std::string temp_directory;  ///< for sorting what does not fit; the system's when empty
  std::function<void(const ImportProgress&)> progress;  ///< now and then; may be empty
};

struct ImportSummary {
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;  ///< exact repeats, left out
  std::size_t files = 0;
  std::int64_t first_ts_ms = 0;  ///< 0 when there are no events
  std::int64_t last_ts_ms = 0;
};

/// Writes `interactions` as history before the log's first offset: Parquet files by year of ts
/// (docs/formats/history.md), in the order of comes_before, then history.json, which makes them
/// visible all at once and takes the place of the history before; the files of that are removed
/// last. Whatever fails earlier leaves the old history as it is. The same interactions, in any
/// order, give the same bytes under the same keys.
///
/// kInvalidArgument for an event with a bad id or a time outside 1970–9999; errors of the source
/// and the store; kResourceExhausted when the disk is full. One import at a time.
Result<ImportSummary> write_history(const EventSource& interactions, ObjectStore& objects,
                                    const ImportOptions& options = {});

/// Yields history in order, some thousand events at a time; an empty batch ends it. Fits
/// speed::HistorySource.
using HistoryReader = std::function<Result<std::vector<Event>>()>;

/// Opens the history in `objects`, which must outlive the reader; none is an empty one. The reader
/// answers kDataLoss, naming the object, when a file is missing or differs from its SHA-256.
Result<HistoryReader> read_history(const ObjectStore& objects);

}  // namespace marquee::batch
