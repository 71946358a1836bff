#include "formats/run_record.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "formats/json_fields.h"

namespace marquee::formats {
namespace {

using internal::JsonFields;

Error bad_record(std::string_view member, std::string_view why) {
  return Error{ErrorCode::kDataLoss, fmt::format("run record: '{}' is {}", member, why)};
}

Result<ModelVersion> read_version(const JsonFields& json, std::string_view member) {
  MARQUEE_TRY(std::string version, json.text(member));
  if (!is_valid_id(version)) return bad_record(member, "no model version");
  return ModelVersion(std::move(version));
}

Result<void> read_input(const JsonFields& json, RunRecord& record) {
  MARQUEE_TRY(record.history_sha256, json.text("history_sha256"));
  MARQUEE_TRY(const std::string log_end, json.text("log_end"));
  const auto cursor = parse_cursor(log_end);
  if (!cursor) return bad_record("log_end", "no offset");
  record.log_end = *cursor;
  MARQUEE_TRY(const std::string until, json.text("archive_until"));
  const auto day = parse_date(until);
  if (!day) return bad_record("archive_until", "no date");
  record.archive_until_day = *day;
  return {};
}

}  // namespace

std::string to_json(const RunRecord& record) {
  JsonWriter json;
  json.begin_object().member("schema", RunRecord::kSchema).member("run_id", record.run_id);
  json.member("as_of", format_rfc3339(record.as_of_ms));
  json.member("model_version", record.model_version.value());
  json.member("baseline", record.baseline ? record.baseline->value() : std::string());
  json.member("history_sha256", record.history_sha256);
  json.member("log_end", cursor_text(record.log_end));
  json.member("archive_until", date_text(record.archive_until_day));
  json.member("seed", record.seed).key("parameters").begin_object();
  for (const auto& [name, value] : record.parameters) json.member(name, value);
  json.end_object().member("top_n", record.top_n);
  if (!record.begun_by.empty()) json.member("begun_by", record.begun_by);
  return json.end_object().take();
}

Result<RunRecord> parse_run_record(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const JsonFields json, JsonFields::parse("run record", text, parser));
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema != RunRecord::kSchema) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("run record has schema {}, this program reads {}: use a newer program",
                             schema, RunRecord::kSchema)};
  }
  RunRecord record;
  MARQUEE_TRY(record.run_id, json.text("run_id"));
  if (!is_valid_id(record.run_id)) return bad_record("run_id", "no id");
  MARQUEE_TRY(record.as_of_ms, json.time_ms("as_of"));
  MARQUEE_TRY(record.model_version, read_version(json, "model_version"));
  MARQUEE_TRY(const std::string baseline, json.text("baseline"));
  if (!baseline.empty()) {
    MARQUEE_TRY(record.baseline, read_version(json, "baseline"));
  }
  MARQUEE_CHECK(read_input(json, record));
  MARQUEE_TRY(record.seed, json.count("seed"));
  MARQUEE_TRY(record.parameters, json.numbers("parameters"));
  MARQUEE_TRY(record.top_n, json.count("top_n"));
  MARQUEE_TRY(record.begun_by, json.text_or("begun_by", ""));
  if (!record.begun_by.empty() && !is_valid_id(record.begun_by)) {
    return bad_record("begun_by", "no id");
  }
  return record;
}

std::string cursor_text(const Cursor& cursor) {
  std::string text;
  for (const auto& [partition, next] : cursor.partitions()) {
    if (!text.empty()) text += ',';
    text += Offset{partition, next}.to_string();
  }
  return text;
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto offset = Offset::parse(text.substr(0, comma));
    const bool trailing = comma + 1 == text.size();
    if (!offset || trailing || cursor.next(offset->partition) != 0) return std::nullopt;
    cursor.set_next(offset->partition, offset->sequence);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return cursor;
}

std::string date_text(std::int32_t day) {
  const CivilDate date = civil_date(std::int64_t{day} * kMillisecondsPerDay);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::optional<std::int32_t> parse_date(std::string_view text) {
  constexpr std::size_t kLength = 10;
  if (text.size() != kLength) return std::nullopt;
  const auto ms = parse_rfc3339(std::string(text) + "T00:00:00Z");
  if (!ms.ok()) return std::nullopt;
  return utc_day(*ms);
}

}  // namespace marquee::formats
