// Goal: moves are read back as they were written, and what is no list of moves is told.

#include "formats/log_moves.h"

#include <gtest/gtest.h>

#include "formats/run_record.h"

namespace marquee::formats {
namespace {

TEST(LogMoves, GivesBackWhatWasWritten) {
  const LogMoves moves{{*parse_cursor("e:17"), *parse_cursor("e:17,k:0:5,k:3:9")}};
  EXPECT_EQ(to_json(moves), R"({"schema":1,"moves":[{"at":"e:17"},{"at":"e:17,k:0:5,k:3:9"}]})");
  const auto read = parse_log_moves(to_json(moves));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, moves);
  EXPECT_EQ(read->last(), moves.moves[1]);
}

TEST(LogMoves, HasNoLastWithoutAMove) {
  const auto read = parse_log_moves(to_json(LogMoves{}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->last(), Cursor());
}

TEST(LogMoves, TellsWhatIsNoListOfMoves) {
  for (const char* text :
       {"", "[]", R"({"schema":2,"moves":[]})", R"({"schema":1})",
        R"({"schema":1,"moves":[{"at":"17"}]})", R"({"schema":1,"moves":[{"to":"e:17"}]})",
        R"({"schema":1,"moves":[{"at":"e:17"},{"at":"e:16,k:0:5"}]})"}) {
    const auto read = parse_log_moves(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace marquee::formats
