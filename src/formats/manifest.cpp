#include "formats/manifest.h"

#include <span>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "formats/json_fields.h"

namespace marquee::formats {
namespace {

using internal::JsonFields;

void write_numbers(JsonWriter& json, std::string_view name, const Manifest::Numbers& numbers) {
  json.key(name).begin_object();
  for (const auto& [key, value] : numbers) json.member(key, value);
  json.end_object();
}

void write_files(JsonWriter& json, const std::vector<Manifest::File>& files) {
  json.key("files").begin_array();
  for (const Manifest::File& file : files) {
    json.begin_object().member("key", file.key).member("sha256", file.sha256);
    json.member("bytes", file.bytes).end_object();
  }
  json.end_array();
}

std::string digest_of(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

/// SHA-256 of all that stands before it, as it is written.
constexpr std::string_view kChecksum = R"(,"checksum":")";

Result<void> check_checksum(std::string_view text) {
  const std::size_t at = text.rfind(kChecksum);
  if (at == std::string_view::npos)
    return Error{ErrorCode::kDataLoss, "manifest: 'checksum' is missing"};
  const std::string wanted = fmt::format(R"({}{}"}})", kChecksum, digest_of(text.substr(0, at)));
  if (text.substr(at) == wanted) return {};
  return Error{ErrorCode::kDataLoss, "manifest: its checksum does not hold, so it was damaged"};
}

Result<void> check_schema(const JsonFields& json, std::string_view text) {
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema == 1) return {};
  if (schema == Manifest::kSchema) return check_checksum(text);
  return Error{ErrorCode::kDataLoss,
               fmt::format("manifest has schema {}, this program reads {}: use a newer program",
                           schema, Manifest::kSchema)};
}

Result<std::vector<Manifest::File>> read_files(const JsonFields& json) {
  std::vector<Manifest::File> files;
  MARQUEE_TRY(const auto entries, json.objects("files"));
  for (const JsonFields& entry : entries) {
    Manifest::File& file = files.emplace_back();
    MARQUEE_TRY(file.key, entry.text("key"));
    MARQUEE_TRY(file.sha256, entry.sha256("sha256"));
    MARQUEE_TRY(file.bytes, entry.count("bytes"));
  }
  return files;
}

Result<Manifest::Input> read_input(const JsonFields& json) {
  Manifest::Input input;
  MARQUEE_TRY(input.history_events, json.count("history_events"));
  MARQUEE_TRY(input.log_events, json.count("log_events"));
  MARQUEE_TRY(input.log_end, json.text("log_end"));
  return input;
}

Result<Manifest::Rows> read_rows(const JsonFields& json) {
  Manifest::Rows rows;
  MARQUEE_TRY(rows.users, json.count("users"));
  MARQUEE_TRY(rows.items, json.count("items"));
  MARQUEE_TRY(rows.interactions, json.count("interactions"));
  return rows;
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", Manifest::kSchema);
  json.member("version", manifest.version.value());
  json.member("created_at", format_rfc3339(manifest.created_at_ms));
  json.member("run_id", manifest.run_id);
  json.member("code_version", manifest.code_version);
  json.member("seed", manifest.seed);
  write_numbers(json, "parameters", manifest.parameters);
  json.key("input").begin_object();
  json.member("history_events", manifest.input.history_events);
  json.member("log_events", manifest.input.log_events);
  json.member("log_end", manifest.input.log_end).end_object();
  json.key("rows").begin_object().member("users", manifest.rows.users);
  json.member("items", manifest.rows.items);
  json.member("interactions", manifest.rows.interactions).end_object();
  write_numbers(json, "metrics", manifest.metrics);
  write_files(json, manifest.files);
  std::string text = json.end_object().take();
  text.pop_back();
  return fmt::format(R"({}{}{}"}})", text, kChecksum, digest_of(text));
}

Result<Manifest> parse_manifest(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const JsonFields json, JsonFields::parse("manifest", text, parser));
  MARQUEE_CHECK(check_schema(json, text));
  Manifest manifest;
  MARQUEE_TRY(std::string version, json.text("version"));
  if (!is_valid_id(version)) {
    return Error{ErrorCode::kDataLoss, "manifest: 'version' is no model version"};
  }
  manifest.version = ModelVersion(std::move(version));
  MARQUEE_TRY(manifest.created_at_ms, json.time_ms("created_at"));
  MARQUEE_TRY(manifest.run_id, json.text("run_id"));
  MARQUEE_TRY(manifest.code_version, json.text("code_version"));
  MARQUEE_TRY(manifest.seed, json.count("seed"));
  MARQUEE_TRY(manifest.parameters, json.numbers("parameters"));
  MARQUEE_TRY(const JsonFields input, json.object("input"));
  MARQUEE_TRY(manifest.input, read_input(input));
  MARQUEE_TRY(const JsonFields rows, json.object("rows"));
  MARQUEE_TRY(manifest.rows, read_rows(rows));
  MARQUEE_TRY(manifest.metrics, json.numbers("metrics"));
  MARQUEE_TRY(manifest.files, read_files(json));
  return manifest;
}

}  // namespace marquee::formats
