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
  /// Goes on where the log begins when what is not archived has left it, as on a topic whose
  /// retention ended before any stage ran.
  bool accept_loss = false;
};

struct ArchiveSummary {
  std::size_t days = 0;       ///< archived now
  std::uint64_t events = 0;   ///< in them
  std::uint64_t skipped = 0;  ///< records among them that were no events
  Cursor archived_until;      ///< by this and earlier runs
};

/// Copies the closed days of `log`, up to the run's archive_until, to
/// archived-events/YYYY/MM/DD/events-NNN.parquet, or events-pPPPP-NNN.parquet by partition where
/// the log has any, going on where the archive ends. A record belongs to the UTC day of
/// accepted_at; where several clocks set it, to the one that FiledRecords says, and never to a day
/// that is archived already. Each day is committed by archive.json, with all partitions at once; a
/// day that is named is never written again or added to, and an interrupted one gives the same
/// bytes when it is repeated. The day that is still open stays in the log alone. Of a record that
/// is no event (LogRecord::poison) the file has the offset alone. Nothing is removed from the log.
///
/// Memory: one file's events, and some thousand of each partition. Errors: kDataLoss of log or
/// index; kFailedPrecondition when the log begins behind the archive's end, unless the loss is
/// accepted; those of the store. One archiving run at a time.
Result<ArchiveSummary> archive_stage(const formats::RunRecord& run, EventLog& log,
                                     ObjectStore& objects, const ArchiveOptions& options = {});

}  // namespace marquee::batch
