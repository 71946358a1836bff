#include "formats/log_moves.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "formats/json_fields.h"
#include "formats/run_record.h"

namespace marquee::formats {
namespace {

bool includes(const Cursor& later, const Cursor& earlier) {
  return std::ranges::all_of(earlier.partitions(), [&](const auto& entry) {
    return later.next(entry.first) >= entry.second;
  });
}

Error bad(std::string_view why) {
  return Error{ErrorCode::kDataLoss, fmt::format("moves.json: {}", why)};
}

}  // namespace

std::string to_json(const LogMoves& moves) {
  JsonWriter json;
  json.begin_object().member("schema", LogMoves::kSchema).key("moves").begin_array();
  for (const Cursor& move : moves.moves) {
    json.begin_object().member("at", cursor_text(move)).end_object();
  }
  return json.end_array().end_object().take();
}

Result<LogMoves> parse_log_moves(std::string_view text) {
  simdjson::dom::parser parser;
  MARQUEE_TRY(const auto json, internal::JsonFields::parse("moves.json", text, parser));
  MARQUEE_TRY(const std::int64_t schema, json.integer("schema"));
  if (schema != LogMoves::kSchema) {
    return bad(fmt::format("has schema {}, this program reads {}: use a newer program", schema,
                           LogMoves::kSchema));
  }
  MARQUEE_TRY(const auto entries, json.objects("moves"));
  LogMoves moves;
  for (const internal::JsonFields& entry : entries) {
    MARQUEE_TRY(const std::string at, entry.text("at"));
    auto move = parse_cursor(at);
    if (!move) return bad(fmt::format("'{}' is no cursor", at));
    if (!includes(*move, moves.last())) {
      return bad(fmt::format("the move at '{}' lies before the one before it", at));
    }
    moves.moves.push_back(*std::move(move));
  }
  return moves;
}

}  // namespace marquee::formats
