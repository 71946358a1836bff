#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "scheduling/cron.h"

namespace marquee::scheduling {

// A run stands for a logical date: the UTC day that was complete last when the run was due, so the
// day before. The run of 2026-11-25 02:00 has the logical date 2026-11-24, whenever it is executed
// and however often. (docs/decisions/0013-logical-date.md; it is the start of the data interval, as
// Airflow's CronDataIntervalTimetable gives it for a daily schedule.)

/// "2026-11-24" for a run due at any time of 2026-11-25 UTC.
std::string logical_date_of(std::int64_t due_ms);
/// The id of the run of a tick: the logical date, and "-1400" behind it when the schedule can tick
/// several times a day. Run ids are also segments of object keys.
std::string scheduled_run_id(const Cron& cron, std::int64_t tick_ms);
/// "manual-20261125T101500Z".
std::string manual_run_id(std::int64_t now_ms);

/// Ok for an existing day written YYYY-MM-DD.
Result<void> check_logical_date(std::string_view text);

}  // namespace marquee::scheduling
