// Goal: what a run store keeps and how it names things is the same in every adapter.

#include "ports/run_store.h"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

template <typename Value, typename Parse>
void expect_names_round_trip(std::initializer_list<Value> values, const Parse& parse) {
  std::set<std::string_view> names;
  for (const Value value : values) {
    EXPECT_EQ(parse(to_string(value)), value);
    EXPECT_TRUE(names.insert(to_string(value)).second) << to_string(value);
  }
  for (const char* other : {"", "unknown", "Running", "running "}) EXPECT_FALSE(parse(other));
}

TEST(RunNames, ReadBackAsWhatTheyName) {
  using enum RunStatus;
  expect_names_round_trip({kQueued, kRunning, kSucceeded, kFailed, kRefused, kCancelled},
                          parse_run_status);
  expect_names_round_trip({RunTrigger::kScheduled, RunTrigger::kManual, RunTrigger::kRetry},
                          parse_run_trigger);
  expect_names_round_trip(
      {StageStatus::kRunning, StageStatus::kSucceeded, StageStatus::kFailed, StageStatus::kRefused,
       StageStatus::kCancelled, StageStatus::kInterrupted},
      parse_stage_status);
}

TEST(RunStatusTest, IsActiveUntilItIsFinal) {
  EXPECT_TRUE(is_active(RunStatus::kQueued));
  EXPECT_TRUE(is_active(RunStatus::kRunning));
  for (const RunStatus final :
       {RunStatus::kSucceeded, RunStatus::kFailed, RunStatus::kRefused, RunStatus::kCancelled}) {
    EXPECT_FALSE(is_active(final)) << to_string(final);
  }
}

TEST(CutLogLine, LeavesLinesAloneThatFit) {
  EXPECT_EQ(cut_log_line(""), "");
  const std::string widest(kRunLogLineBytesMax, 'x');
  EXPECT_EQ(cut_log_line(widest), widest);
}

TEST(CutLogLine, CutsBetweenCharacters) {
  std::string text;
  while (text.size() <= kRunLogLineBytesMax) text += "☹";
  const std::string cut = cut_log_line(text);
  EXPECT_LE(cut.size(), kRunLogLineBytesMax);
  EXPECT_EQ((cut.size() - std::string("…").size()) % std::string("☹").size(), 0U);
  EXPECT_TRUE(cut.ends_with("☹…"));
}

RC_GTEST_PROP(CutLogLineProperty, IsBoundedWhateverBytesCome, ()) {
  const auto piece =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  std::string text;
  while (text.size() < 2 * kRunLogLineBytesMax) text += piece;
  RC_ASSERT(cut_log_line(text).size() <= kRunLogLineBytesMax);
}

TEST(Fenced, NamesBothTokens) {
  const Error error = fenced(3, 5);
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(error.message.find('3'), std::string::npos);
  EXPECT_NE(error.message.find('5'), std::string::npos);
}

}  // namespace
}  // namespace marquee
