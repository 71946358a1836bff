#include "api/run_json.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

void write_time(JsonWriter& json, std::string_view name, std::optional<std::int64_t> ms) {
  json.key(name);
  ms ? json.value(format_rfc3339(*ms)) : json.null();
}

void write_stage(JsonWriter& json, const StageAttempt& stage) {
  json.begin_object().member("name", stage.stage).member("attempt", stage.attempt);
  json.member("status", to_string(stage.status));
  json.member_or_null("exit_code", stage.exit_code).member("detail", stage.detail);
  write_time(json, "started_at", stage.started_at_ms);
  write_time(json, "finished_at", stage.ended_at_ms);
  json.end_object();
}

Result<void> write_run(JsonWriter& json, const RunStore& store, const Run& run) {
  MARQUEE_TRY(const auto stages, store.stages(run.id));
  json.begin_object().member("id", run.id).member("pipeline", run.pipeline);
  json.member("logical_date", run.logical_date).member("trigger", to_string(run.trigger));
  json.member("status", to_string(run.status)).member("cancel_requested", run.cancel_requested);
  json.member("detail", run.detail).key("params").raw(run.params);
  write_time(json, "created_at", run.created_at_ms);
  write_time(json, "started_at", run.started_at_ms);
  write_time(json, "finished_at", run.ended_at_ms);
  json.key("stages").begin_array();
  for (const StageAttempt& stage : stages) write_stage(json, stage);
  json.end_array().end_object();
  return {};
}

Result<Run> find(const RunStore& store, const std::string& run_id) {
  MARQUEE_TRY(auto run, store.find(run_id));
  if (run) return *std::move(run);
  return Error{ErrorCode::kNotFound, fmt::format("there is no run '{}'", run_id)};
}

}  // namespace

Result<std::string> run_json(const RunStore& store, const Run& run) {
  JsonWriter json;
  MARQUEE_CHECK(write_run(json, store, run));
  return json.take();
}

Result<std::string> run_json(const RunStore& store, const std::string& run_id) {
  MARQUEE_TRY(const Run run, find(store, run_id));
  return run_json(store, run);
}

Result<std::string> runs_json(const RunStore& store, std::optional<RunStatus> status,
                              std::optional<std::uint64_t> before, std::size_t limit) {
  MARQUEE_TRY(const RunPage page, store.list(status, before, limit));
  JsonWriter json;
  json.begin_object().key("runs").begin_array();
  for (const Run& run : page.runs) MARQUEE_CHECK(write_run(json, store, run));
  json.end_array();
  if (page.next_before) json.member("next_cursor", std::to_string(*page.next_before));
  return json.end_object().take();
}

Result<std::string> run_log_json(const RunStore& store, const std::string& run_id,
                                 const std::optional<std::string>& stage, std::uint64_t after,
                                 std::size_t limit) {
  MARQUEE_TRY(const Run run, find(store, run_id));
  MARQUEE_TRY(auto lines, store.log(run.id, stage, after, limit + 1));
  const bool more = lines.size() > limit;
  if (more) lines.resize(limit);
  JsonWriter json;
  json.begin_object().key("lines").begin_array();
  for (const RunLogLine& line : lines) {
    json.begin_object().member("seq", line.seq).member("at", format_rfc3339(line.at_ms));
    json.member("stage", line.stage).member("attempt", line.attempt);
    json.member("text", line.text).end_object();
  }
  json.end_array().key("next");
  more ? json.value(lines.back().seq) : json.null();
  return json.end_object().take();
}

}  // namespace marquee::api
