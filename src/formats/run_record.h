#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/offset.h"

namespace marquee::formats {

/// What a run of the batch layer fixes before its first stage works, so that every attempt reads
/// and writes the same: runs/<run_id>.json (docs/formats/run.md).
struct RunRecord {
  static constexpr std::int64_t kSchema = 1;

  std::string run_id;
  std::int64_t as_of_ms = 0;  ///< the run's own time: created_at of its model, date of its lists
  ModelVersion model_version;
  std::optional<ModelVersion> baseline;  ///< in service when the run began: what the gate compares
  std::string history_sha256;            ///< of history.json; empty when nothing was imported
  Cursor log_end;                        ///< the log is read up to here
  std::int32_t archive_until_day = 0;    ///< UTC days before this one are archived (since 1970)
  std::uint64_t seed = 0;
  std::vector<std::pair<std::string, double>> parameters;  ///< of the training
  std::uint64_t top_n = 0;                                 ///< length of the lists
  std::string begun_by;  ///< the one scheduler that makes the run; empty: whoever wants

  bool operator==(const RunRecord&) const = default;
};

std::string to_json(const RunRecord& record);
/// kDataLoss, naming the member, when it is no run record or of a newer schema.
Result<RunRecord> parse_run_record(std::string_view json);

/// "e:1842", partitions joined by commas; empty at the start of the log.
std::string cursor_text(const Cursor& cursor);
/// None when it is no cursor.
std::optional<Cursor> parse_cursor(std::string_view text);

/// "2025-01-03" of a day since 1970, and back (none for what is no date).
std::string date_text(std::int32_t day);
std::optional<std::int32_t> parse_date(std::string_view text);

}  // namespace marquee::formats
