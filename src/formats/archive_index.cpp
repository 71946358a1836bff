#include "formats/archive_index.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "formats/json_fields.h"
#include "formats/run_record.h"

namespace marquee::formats {
namespace {

using internal::JsonFields;

Error bad(const std::string& key, std::string_view why) {
  return Error{ErrorCode::kDataLoss, fmt::format("archive.json: {} {}", key, why)};
}

Result<Offset> read_offset(const JsonFields& json, const std::string& key, const char* member) {
  MARQUEE_TRY(const std::string text, json.text(member));
  const auto offset = Offset::parse(text);
  if (!offset) return bad(key, fmt::format("has a '{}' that is no offset", member));
  return *offset;
}

Result<ArchiveIndex::File> read_file(const JsonFields& json) {
  ArchiveIndex::File file;
  MARQUEE_TRY(file.key, json.text("key"));
  MARQUEE_TRY(const std::string date, json.text("date"));
  const auto day = parse_date(date);
  if (!day) return bad(file.key, "has a 'date' that is none");
  file.day = *day;
  MARQUEE_TRY(file.first, read_offset(json, file.key, "first"));
  MARQUEE_TRY(file.last, read_offset(json, file.key, "last"));
  MARQUEE_TRY(file.sha256, json.sha256("sha256"));
  MARQUEE_TRY(file.bytes, json.count("bytes"));
  MARQUEE_TRY(file.events, json.count("events"));
  if (file.first.partition != file.last.partition || file.last < file.first) {
    return bad(file.key, "ends before it begins");
  }
  return file;
}

}  // namespace

Cursor ArchiveIndex::end() const {
  Cursor end;
  if (!files.empty()) end.set_next(files.back().last.partition, files.back().last.sequence + 1);
  return end;
}

std::string to_json(const ArchiveIndex& index) {
  JsonWriter json;
  json.begin_object().member("schema", ArchiveIndex::kSchema);
  json.member("archived_until", cursor_text(index.end())).key("files").begin_array();
  for (const ArchiveIndex::File& file : index.files) {
    json.begin_object().member("key", file.key).member("date", date_text(file.day));
    json.member("first", file.first.to_string()).member("last", file.last.to_string());
    json.member("sha256", file.sha256).member("bytes", file.bytes);
    json.member("events", file.events).end_object();
  }
  return json.end_array().end_object().take();
}

Result<ArchiveIndex> parse_archive_index(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const auto json, JsonFields::parse("archive.json", text, parser));
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema != ArchiveIndex::kSchema) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("archive.json has schema {}, this program reads {}: use a newer "
                             "program",
                             schema, ArchiveIndex::kSchema)};
  }
  ArchiveIndex index;
  MARQUEE_TRY(const auto entries, json.objects("files"));
  for (const JsonFields& entry : entries) {
    MARQUEE_TRY(ArchiveIndex::File file, read_file(entry));
    if (!index.files.empty() &&
        (file.first <= index.files.back().last || file.day < index.files.back().day)) {
      return bad(file.key, "is not behind the file before it");
    }
    index.files.push_back(std::move(file));
  }
  return index;
}

}  // namespace marquee::formats
