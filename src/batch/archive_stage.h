#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "formats/run_record.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

struct ArchiveOptions {
  std::size_t rows_per_file_max = 1'000'000;
};

struct ArchiveSummary {
  std::size_t days = 0;      ///< archived now
  std::uint64_t events = 0;  ///< in them
  Cursor archived_until;     ///< by this and earlier runs
};

/// Copies the closed days of `log`, up to the run's archive_until, to
/// archived-events/YYYY/MM/DD/events-NNN.parquet, by the UTC day of accepted_at, going on where the
/// archive ends. Each day is committed by archive.json, which names it from then on; a day that is
/// named is never written again, and an interrupted one gives the same bytes when it is repeated.
/// The day that is still open stays in the log alone. Nothing is removed from the log.
///
/// Errors: kDataLoss of log or index; those of the store. One archiving run at a time.
Result<ArchiveSummary> archive_stage(const formats::RunRecord& run, EventLog& log,
                                     ObjectStore& objects, const ArchiveOptions& options = {});

}  // namespace marquee::batch
