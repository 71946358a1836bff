#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "ports/run_store.h"

namespace marquee::api {

// Runs as /api/admin/runs and `marquee runs --json` show them.

/// {"id","pipeline","logical_date","trigger","status","cancel_requested","detail","params",
/// "created_at","started_at","finished_at","stages":[{"name","attempt","status","exit_code",
/// "detail","started_at","finished_at"}]}; times not known yet are null.
Result<std::string> run_json(const RunStore& store, const Run& run);
/// The same of a stored run; kNotFound when there is none.
Result<std::string> run_json(const RunStore& store, const std::string& run_id);

/// {"runs":[…],"next_cursor"?}, newest first.
Result<std::string> runs_json(const RunStore& store, std::optional<RunStatus> status,
                              std::optional<std::uint64_t> before, std::size_t limit);

/// {"lines":[{"seq","at","stage","attempt","text"}],"next"}, oldest first; `next` is the `after` of
/// the next page, null on the last. kNotFound when there is no such run.
Result<std::string> run_log_json(const RunStore& store, const std::string& run_id,
                                 const std::optional<std::string>& stage, std::uint64_t after,
                                 std::size_t limit);

}  // namespace marquee::api
