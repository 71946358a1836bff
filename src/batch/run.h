#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "domain/ids.h"
#include "formats/run_record.h"
#include "models/factor_model.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// What an attempt brings along; the first attempt of a run fixes it, later ones take what is
/// fixed.
struct RunRequest {
  std::string run_id;                       ///< grammar of every id, without ':' and '@'
  std::optional<std::int32_t> logical_day;  ///< UTC, since 1970: the day that the run stands for
  std::optional<ModelVersion> in_service;
  models::IalsParameters parameters;
  std::size_t top_n = 100;
  std::string by;  ///< which scheduler asks (RunRecord::begun_by); empty: a human
};

/// "manual-20250103T020000Z": the id of a run that somebody starts at `wall_ms`.
std::string manual_run_id(std::int64_t wall_ms);

/// The second that "manual-20250103T020000Z" names, also with a suffix "-2"; none for other ids.
std::optional<std::int64_t> time_of_run_id(std::string_view run_id);

/// The version of a model as of `as_of_ms` (UTC): "als_20250103_0200"; with a suffix "-2", "-3", …
/// when another run has that one or a model is stored under it.
Result<ModelVersion> new_version(const ObjectStore& objects, std::int64_t as_of_ms);

/// The record of a run, stored at its first attempt (runs/<run_id>.json) and the same from then on:
///
///   as_of          the time in the id; else the end of the logical day; else the time of the
///   newest
///                  event, so that the same data give the same model on any machine
///   log_end        a run of a logical day that is over reads events accepted before its end, in
///                  each partition up to where the day ends there (FiledRecords); a manual run, and
///                  one without a day, the log as it ends now
///   archive_until  the day after the logical day, today for others; never a day that is still open
///   model_version  new_version(as_of)
///
/// kInvalidArgument when the logical day is not that of the earlier attempt or the id is none;
/// kConflict as check_begun_by(); kFailedPrecondition when history was imported anew since then, or
/// when there is no event at all (nothing is fixed then); kDataLoss for a damaged record. `log` may
/// be null. One attempt of a run at a time.
Result<formats::RunRecord> begin_run(const RunRequest& request, ObjectStore& objects, EventLog* log,
                                     const Clock& clock);

/// The record of a run that has begun; kNotFound when none has.
Result<formats::RunRecord> load_run(const ObjectStore& objects, std::string_view run_id);

/// kConflict when another scheduler than `by` has begun the run: a night happens once, however many
/// schedulers have it in their plans. A human (empty) may go on with anybody's.
Result<void> check_begun_by(const formats::RunRecord& record, std::string_view by);

/// The parameters that `record` fixes.
models::IalsParameters parameters_of(const formats::RunRecord& record);

}  // namespace marquee::batch
