#include "formats/backup_manifest.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "formats/json_fields.h"

namespace marquee::formats {
namespace {

constexpr std::string_view kChecksumField = ",\"checksum\":\"";
constexpr std::size_t kChecksumDigits = 64;  // of a SHA-256

/// `document` without its last brace, closed by the checksum over what it was.
std::string seal(std::string document) {
  Sha256 hash;
  hash.update(document);
  document.pop_back();
  return document.append(kChecksumField).append(hash.hex()).append("\"}");
}

/// True when the checksum at the end of `text` is that of what stands before it.
bool is_sealed(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t tail = kChecksumField.size() + kChecksumDigits + 2;
  if (text.size() < tail) return false;
  return seal(std::string(text.substr(0, text.size() - tail)) + "}") == text;
}

}  // namespace

std::string to_json(const BackupManifest& manifest) {
  JsonWriter json;
  json.begin_object().member("schema", BackupManifest::kSchema);
  json.member("created_at", format_rfc3339(manifest.created_at_ms));
  json.member("code_version", manifest.code_version).member("log_end", manifest.log_end);
  json.key("files").begin_array();
  for (const BackupManifest::File& file : manifest.files) {
    json.begin_object().member("path", file.path).member("bytes", file.bytes);
    json.member("sha256", file.sha256).end_object();
  }
  return seal(json.end_array().end_object().take());
}

Result<BackupManifest> parse_backup_manifest(std::string_view text) {
  simdjson::dom::parser parser;
  const auto parsed = internal::JsonFields::parse(std::string(BackupManifest::kName), text, parser);
  if (!parsed.ok()) {
    return Error{ErrorCode::kDataLoss, "backup.json is damaged, it is no JSON: use another backup"};
  }
  const internal::JsonFields& json = *parsed;
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema != BackupManifest::kSchema) {
    return Error{
        ErrorCode::kDataLoss,
        fmt::format("backup.json has schema {}, this program reads {}: use the program that "
                    "wrote it",
                    schema, BackupManifest::kSchema)};
  }
  if (!is_sealed(text)) {
    return Error{ErrorCode::kDataLoss,
                 "backup.json was changed: its checksum is wrong; use another backup"};
  }
  BackupManifest manifest;
  MARQUEE_TRY(manifest.created_at_ms, json.time_ms("created_at"));
  MARQUEE_TRY(manifest.code_version, json.text("code_version"));
  MARQUEE_TRY(manifest.log_end, json.text("log_end"));
  MARQUEE_TRY(const auto entries, json.objects("files"));
  for (const internal::JsonFields& entry : entries) {
    BackupManifest::File& file = manifest.files.emplace_back();
    MARQUEE_TRY(file.path, entry.text("path"));
    MARQUEE_TRY(file.bytes, entry.count("bytes"));
    MARQUEE_TRY(file.sha256, entry.sha256("sha256"));
  }
  return manifest;
}

}  // namespace marquee::formats
