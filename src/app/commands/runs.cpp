#include <cstdio>

#include <fmt/format.h>

#include "api/run_json.h"
#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "domain/ids.h"
#include "scheduling/logical_date.h"
#include "scheduling/pipeline.h"

namespace marquee::app::commands {
namespace {

constexpr std::size_t kLinesAtOnce = 1'000;

/// "2026-11-25 02:00:07"
std::string time_text(std::optional<std::int64_t> ms) {
  if (!ms) return "-";
  std::string text = format_rfc3339(*ms).substr(0, 19);
  text[10] = ' ';
  return text;
}

Result<std::optional<RunStatus>> wanted_status(const RunsOptions& options) {
  if (!options.status) return std::optional<RunStatus>();
  const auto status = parse_run_status(*options.status);
  if (status) return std::optional(*status);
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("--status '{}': want queued, running, succeeded, failed, refused or "
                           "cancelled",
                           *options.status)};
}

Result<void> list(const RunStore& store, const RunsOptions& options) {
  MARQUEE_TRY(const auto status, wanted_status(options));
  const auto limit = static_cast<std::size_t>(options.limit);
  if (options.json) {
    MARQUEE_TRY(const std::string json, api::runs_json(store, status, std::nullopt, limit));
    fmt::print("{}\n", json);
    return {};
  }
  MARQUEE_TRY(const RunPage page, store.list(status, std::nullopt, limit));
  for (const Run& run : page.runs) {
    fmt::print("{:26} {:10} {:9} {:9} started {:19} ended {:19}{}{}\n", run.id, run.logical_date,
               to_string(run.trigger), to_string(run.status), time_text(run.started_at_ms),
               time_text(run.ended_at_ms), run.detail.empty() ? "" : "  ", run.detail);
  }
  if (page.runs.empty()) fmt::print("no run yet: marquee runs trigger starts one\n");
  return {};
}

Result<void> show(const RunStore& store, const RunsOptions& options) {
  MARQUEE_TRY(const std::string json, api::run_json(store, options.id));
  if (options.json) {
    fmt::print("{}\n", json);
    return {};
  }
  MARQUEE_TRY(const auto run, store.find(options.id));
  MARQUEE_TRY(const auto stages, store.stages(options.id));
  fmt::print("{}: {} run of {}, {}{}{}\n", run->id, to_string(run->trigger), run->logical_date,
             to_string(run->status), run->detail.empty() ? "" : ": ", run->detail);
  for (const StageAttempt& stage : stages) {
    fmt::print("  {:10} {:2} {:11} started {:19} ended {:19}{}{}\n", stage.stage, stage.attempt,
               to_string(stage.status), time_text(stage.started_at_ms),
               time_text(stage.ended_at_ms), stage.detail.empty() ? "" : "  ", stage.detail);
  }
  return {};
}

/// All of it, page by page; with --json one page a line.
Result<void> logs(const RunStore& store, const RunsOptions& options) {
  for (std::uint64_t after = 0;;) {
    MARQUEE_TRY(const std::string json,
                api::run_log_json(store, options.id, options.stage, after, kLinesAtOnce));
    MARQUEE_TRY(const auto lines, store.log(options.id, options.stage, after, kLinesAtOnce));
    if (options.json && (after == 0 || !lines.empty())) fmt::print("{}\n", json);
    for (const RunLogLine& line : lines) {
      if (!options.json) fmt::print("{} {}: {}\n", time_text(line.at_ms), line.stage, line.text);
    }
    if (lines.size() < kLinesAtOnce) return {};
    after = lines.back().seq;
  }
}

Result<void> read(const Settings& settings, const RunsOptions& options) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  const RunStore& store = storage->stores->runs;
  if (options.action == RunsAction::kList) return list(store, options);
  return options.action == RunsAction::kShow ? show(store, options) : logs(store, options);
}

std::string trigger_body(const RunsOptions& options) {
  JsonWriter json;
  json.begin_object().member("pipeline", scheduling::kBatchPipeline).key("params").begin_object();
  json.member("logical_date", options.logical_date).end_object();
  return json.end_object().take();
}

Result<void> change(const Settings& settings, const RunsOptions& options) {
  if (options.logical_date) {
    const auto known = scheduling::check_logical_date(*options.logical_date);
    if (!known.ok()) return known.error().with_context("--logical-date");
  }
  MARQUEE_TRY(const auto owner, find_owner(settings));
  if (!owner) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("no server runs on {}: start marquee serve, or run the stages here "
                             "with marquee batch run",
                             settings.data_dir)};
  }
  std::string target = "/api/admin/runs";
  if (options.action == RunsAction::kCancel) target += "/" + options.id + "/cancel";
  if (options.action == RunsAction::kRetry) target += "/" + options.id + "/retry";
  const bool triggers = options.action == RunsAction::kTrigger;
  MARQUEE_TRY(const std::string run,
              ask_owner(*owner, "POST", target, triggers ? trigger_body(options) : ""));
  if (options.json) {
    fmt::print("{}\n", run);
    return {};
  }
  constexpr std::string_view kId = "{\"id\":\"";  // as our own server writes it
  const std::string id = run.substr(kId.size(), run.find('"', kId.size()) - kId.size());
  fmt::print("{} {}; marquee runs show {}\n", id,
             options.action == RunsAction::kCancel ? "is being cancelled" : "is queued", id);
  return {};
}

}  // namespace

Result<void> runs(const LoadedSettings& loaded, const RunsOptions& options) {
  const bool of_one = options.action != RunsAction::kList && options.action != RunsAction::kTrigger;
  if (of_one && !is_valid_id(options.id)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is no run id", options.id)};
  }
  switch (options.action) {
    case RunsAction::kList:
    case RunsAction::kShow:
    case RunsAction::kLogs:
      return read(loaded.settings, options);
    default:
      return change(loaded.settings, options);
  }
}

}  // namespace marquee::app::commands
