#include "formats/archive_index.h"

#include <algorithm>
#include <utility>

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

Result<ArchiveIndex::File> read_file(const JsonFields& json, std::int64_t schema) {
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
  if (schema == ArchiveIndex::kSchemaPartitions) {
    MARQUEE_TRY(file.skipped, json.count("skipped"));
  } else if (file.first.partition != Offset::kEmbedded) {
    return bad(file.key, fmt::format("has a partition, which schema {} has not", schema));
  }
  if (file.first.partition != file.last.partition || file.last < file.first) {
    return bad(file.key, "ends before it begins");
  }
  return file;
}

/// What the embedded log has no use for is left out there, so that its index stays what it was.
std::int64_t schema_of(const ArchiveIndex& index) {
  const bool embedded = std::ranges::all_of(index.files, [](const ArchiveIndex::File& file) {
    return file.first.partition == Offset::kEmbedded && file.skipped == 0;
  });
  return embedded ? ArchiveIndex::kSchema : ArchiveIndex::kSchemaPartitions;
}

Result<void> read_files(const JsonFields& json, std::int64_t schema, ArchiveIndex& index) {
  MARQUEE_TRY(const auto entries, json.objects("files"));
  Cursor end;
  for (const JsonFields& entry : entries) {
    MARQUEE_TRY(ArchiveIndex::File file, read_file(entry, schema));
    if (end.includes(file.first) || (!index.files.empty() && file.day < index.files.back().day)) {
      return bad(file.key, "is not behind the file before it");
    }
    end.set_next(file.last.partition, file.last.sequence + 1);
    index.files.push_back(std::move(file));
  }
  return {};
}

/// archived_until says more than the files only where gaps follow them.
Result<void> read_end(const JsonFields& json, ArchiveIndex& index) {
  MARQUEE_TRY(const std::string text, json.text("archived_until"));
  const auto until = parse_cursor(text);
  if (!until) return bad("archived_until", "is no offset");
  const Cursor end = index.end();
  for (const auto& [partition, next] : until->partitions()) {
    if (next > end.next(partition)) index.behind_gaps.set_next(partition, next);
  }
  return {};
}

}  // namespace

Cursor ArchiveIndex::end() const {
  Cursor end = behind_gaps;
  for (const File& file : files) {
    const std::int32_t partition = file.last.partition;
    end.set_next(partition, std::max(end.next(partition), file.last.sequence + 1));
  }
  return end;
}

std::string to_json(const ArchiveIndex& index) {
  const std::int64_t schema = schema_of(index);
  JsonWriter json;
  json.begin_object().member("schema", schema);
  json.member("archived_until", cursor_text(index.end())).key("files").begin_array();
  for (const ArchiveIndex::File& file : index.files) {
    json.begin_object().member("key", file.key).member("date", date_text(file.day));
    json.member("first", file.first.to_string()).member("last", file.last.to_string());
    json.member("sha256", file.sha256).member("bytes", file.bytes);
    json.member("events", file.events);
    if (schema == ArchiveIndex::kSchemaPartitions) json.member("skipped", file.skipped);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

Result<ArchiveIndex> parse_archive_index(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const auto json, JsonFields::parse("archive.json", text, parser));
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema < ArchiveIndex::kSchema || schema > ArchiveIndex::kSchemaPartitions) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("archive.json has schema {}, this program reads up to {}: use a newer "
                             "program",
                             schema, ArchiveIndex::kSchemaPartitions)};
  }
  ArchiveIndex index;
  MARQUEE_CHECK(read_files(json, schema, index));
  if (schema == ArchiveIndex::kSchemaPartitions) MARQUEE_CHECK(read_end(json, index));
  return index;
}

}  // namespace marquee::formats
