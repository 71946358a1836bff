#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/offset.h"

namespace marquee::formats {

/// Where the events went on in another log: archived-events/moves.json (docs/formats/archive.md).
/// Everything before a move is archived, and came before everything behind it, whichever partition
/// it stands in: that is the order of the fold (docs/decisions/0035).
struct LogMoves {
  static constexpr std::int64_t kSchema = 1;
  static constexpr std::string_view kKey = "archived-events/moves.json";

  /// How far each log had come at each move, oldest first; each includes the one before.
  std::vector<Cursor> moves = {};

  /// Before it nothing is in the log that is written now; empty when there was no move.
  Cursor last() const { return moves.empty() ? Cursor() : moves.back(); }
  bool operator==(const LogMoves&) const = default;
};

std::string to_json(const LogMoves& moves);
/// kDataLoss, naming the member, when it is none, of a newer schema, or a move goes back.
Result<LogMoves> parse_log_moves(std::string_view json);

}  // namespace marquee::formats
