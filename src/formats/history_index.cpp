#include "formats/history_index.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "formats/json_fields.h"

namespace marquee::formats {

std::string to_json(const HistoryIndex& index) {
  JsonWriter json;
  json.begin_object().member("schema", HistoryIndex::kSchema).member("events", index.events);
  json.key("files").begin_array();
  for (const HistoryIndex::File& file : index.files) {
    json.begin_object().member("key", file.key).member("sha256", file.sha256);
    json.member("bytes", file.bytes).member("events", file.events).end_object();
  }
  return json.end_array().end_object().take();
}

Result<HistoryIndex> parse_history_index(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const auto json, internal::JsonFields::parse("history.json", text, parser));
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema != HistoryIndex::kSchema) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("history.json has schema {}, this program reads {}: use a newer "
                             "program",
                             schema, HistoryIndex::kSchema)};
  }
  HistoryIndex index;
  MARQUEE_TRY(index.events, json.count("events"));
  MARQUEE_TRY(const auto entries, json.objects("files"));
  std::uint64_t sum = 0;
  for (const internal::JsonFields& entry : entries) {
    HistoryIndex::File& file = index.files.emplace_back();
    MARQUEE_TRY(file.key, entry.text("key"));
    MARQUEE_TRY(file.sha256, entry.sha256("sha256"));
    MARQUEE_TRY(file.bytes, entry.count("bytes"));
    MARQUEE_TRY(file.events, entry.count("events"));
    sum += file.events;
  }
  if (sum == index.events) return index;
  return Error{
      ErrorCode::kDataLoss,
      fmt::format("history.json: its files hold {} events, it says {}", sum, index.events)};
}

}  // namespace marquee::formats
