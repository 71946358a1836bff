#include "datasets/skipped_lines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datasets/csv_reader.h"
#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

/// A reader that has passed over `lines` lines of a file with as many, of some 20 bytes each.
class SkippedLinesTest : public ::testing::Test {
 protected:
  ReadPosition position_after(int lines, bool read_all = true) {
    std::string content;
    for (int i = 0; i < lines; ++i) content += fmt::format("{:019}\n", i);
    auto reader = CsvReader::open(directory_.write("a.csv", content));
    Record record;
    bool more = reader->next(record).ok();
    while (read_all && more) {
      const auto next = reader->next(record);
      more = next.ok() && *next;
    }
    return reader->position();
  }

  TempDirectory directory_;
};

TEST_F(SkippedLinesTest, AllowsExactlyTheShare) {
  const ReadPosition position = position_after(1'000);
  SkippedLines skipped({0.002});
  skipped.begin("a.csv");
  for (std::uint64_t line = 1; line <= 2; ++line) {
    EXPECT_TRUE(skipped.add(line, "odd", position).ok());
    EXPECT_TRUE(skipped.finish(position).ok());
  }
  EXPECT_FALSE(skipped.add(3, "odd", position).ok());
  const auto result = skipped.finish(position);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(result.error().message,
            "a.csv:3: odd; 3 of 1000 lines are malformed, 0.2 % are allowed: mend the file or "
            "raise import.skipped_share_max");
}

TEST_F(SkippedLinesTest, WaitsWhileTheRestOfTheFileMightMakeUpForIt) {
  const ReadPosition begun = position_after(60'000, false);
  SkippedLines skipped({0.001});
  skipped.begin("a.csv");
  for (std::uint64_t line = 1; line <= 60; ++line) {
    EXPECT_TRUE(skipped.add(line, "odd", begun).ok()) << line;
  }
}

TEST_F(SkippedLinesTest, ToleratesNothingWhenNothingIsAllowedAndAllWhenAllIs) {
  const ReadPosition position = position_after(5);
  SkippedLines strict({0}), lenient({1});
  strict.begin("a.csv");
  EXPECT_TRUE(strict.finish(position).ok());
  EXPECT_FALSE(strict.add(1, "odd", position).ok());
  lenient.begin("a.csv");
  for (std::uint64_t line = 1; line <= 5; ++line) {
    EXPECT_TRUE(lenient.add(line, "odd", position).ok());
  }
  EXPECT_TRUE(lenient.finish(position).ok());
}

TEST_F(SkippedLinesTest, CountsEachFileForItselfAndKeepsTheFirstHundredLines) {
  const ReadPosition position = position_after(200);
  SkippedLines skipped({1});
  skipped.begin("a.csv");
  for (std::uint64_t line = 1; line <= 150; ++line) {
    EXPECT_TRUE(skipped.add(line, "odd", position).ok());
  }
  skipped.begin("b.csv");
  EXPECT_TRUE(skipped.add(1, "odd", position).ok());
  EXPECT_EQ(skipped.count(), 151U);
  EXPECT_EQ(skipped.lines().size(), SkippedLines::kKeptMax);
  skipped.begin("a.csv");
  EXPECT_EQ(skipped.count(), 1U) << "reading a file again starts it again";
}

}  // namespace
}  // namespace marquee::datasets
