#include "datasets/csv_reader.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

struct Row {
  std::uint64_t line = 0;
  std::vector<std::string> fields;
  bool ok = true;

  bool operator==(const Row&) const = default;
};

std::vector<Row> read_all(const std::string& content) {
  const TempDirectory directory;
  auto reader = CsvReader::open(directory.write("a.csv", content));
  EXPECT_TRUE(reader.ok());
  std::vector<Row> rows;
  Record record;
  for (;;) {
    const auto more = reader->next(record);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) return rows;
    rows.push_back({record.line, {record.fields.begin(), record.fields.end()}, record.ok()});
  }
}

TEST(CsvReader, ReadsPlainFieldsOfEveryLine) {
  EXPECT_EQ(read_all("a,b\n1,,3\n"), (std::vector<Row>{{1, {"a", "b"}}, {2, {"1", "", "3"}}}));
}

TEST(CsvReader, TakesCrlfAByteOrderMarkEmptyLinesAndAMissingLastLineBreak) {
  EXPECT_EQ(read_all("\xEF\xBB\xBF"
                     "a,b\r\n\r\n1,2\r\n\n3,4"),
            (std::vector<Row>{{1, {"a", "b"}}, {3, {"1", "2"}}, {5, {"3", "4"}}}));
}

TEST(CsvReader, ReadsQuotesWithCommasDoubledQuotesAndLineBreaks) {
  EXPECT_EQ(read_all("1,\"a, \"\"b\"\"\",x\r\n2,\"two\nlines\",\"\"\r\n3,y,\"z\""),
            (std::vector<Row>{
                {1, {"1", "a, \"b\"", "x"}}, {2, {"2", "two\nlines", ""}}, {4, {"3", "y", "z"}}}));
}

TEST(CsvReader, KeepsAQuoteInsideAnUnquotedFieldAsText) {
  EXPECT_EQ(read_all("1,5\" disk,x\n"), (std::vector<Row>{{1, {"1", "5\" disk", "x"}}}));
}

TEST(CsvReader, LosesOneLineToBrokenQuotesAndGoesOn) {
  const auto rows = read_all("1,\"never closed\n2,b\n3,\"x\"y\n4,d\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_FALSE(rows[0].ok);
  EXPECT_EQ(rows[1], (Row{2, {"2", "b"}}));
  EXPECT_FALSE(rows[2].ok);
  EXPECT_EQ(rows[3], (Row{4, {"4", "d"}}));
}

TEST(CsvReader, PassesOverALineThatIsTooLongHoweverLong) {
  const auto rows = read_all("a,b\n" + std::string(3'000'000, 'x') + "\nc,d\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_FALSE(rows[1].ok);
  EXPECT_EQ(rows[2], (Row{3, {"c", "d"}}));
}

TEST(CsvReader, RefusesAQuotedRecordThatIsTooLong) {
  const auto rows = read_all("1,\"" + std::string(40'000, 'x') + "\n" + std::string(24'000, 'y') +
                             "\"," + std::string(9'000, 'z') + "\nc,d\n");
  ASSERT_FALSE(rows.empty());
  EXPECT_FALSE(rows[0].ok);
  EXPECT_EQ(rows.back().fields, (std::vector<std::string>{"c", "d"}));
}

TEST(CsvReader, ReadsWhatAnyWriterOfTheRfcWrites) {
  EXPECT_TRUE(rc::check([](const std::vector<std::vector<std::string>>& table) {
    std::string text;
    std::vector<std::vector<std::string>> want;
    for (const auto& fields : table) {
      if (fields.empty()) continue;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        text += i == 0 ? "\"" : ",\"";
        for (const char c : fields[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += '"';
      }
      text += "\r\n";
      want.push_back(fields);
    }
    const auto rows = read_all(text);
    RC_ASSERT(rows.size() == want.size());
    for (std::size_t i = 0; i < rows.size(); ++i) RC_ASSERT(rows[i].fields == want[i]);
  }));
}

TEST(CsvReader, NeverCrashesNorStopsShortOnNoise) {
  EXPECT_TRUE(rc::check([] {
    const auto noise =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("\",\n\rab\xFF\0", 8)));
    for (const Row& row : read_all(noise)) RC_ASSERT(!row.ok || !row.fields.empty());
  }));
}

TEST(CsvReader, CrossesTheEndOfItsBufferAtAnyPlace) {
  std::string text;
  std::size_t rows = 0;
  for (; text.size() < 2'500'000; ++rows) {
    text += std::to_string(rows) + ",\"quoted " + std::string(rows % 97, 'q') + "\",plain\n";
  }
  const auto read = read_all(text);
  ASSERT_EQ(read.size(), rows);
  for (std::size_t i = 0; i < rows; ++i) {
    ASSERT_EQ(read[i].line, i + 1);
    ASSERT_EQ(read[i].fields[0], std::to_string(i));
    ASSERT_EQ(read[i].fields[2], "plain");
  }
}

TEST(CsvReader, SaysWhichFileIsMissingOrADirectory) {
  const auto missing = CsvReader::open("/nowhere/at/all.csv");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message,
            "cannot read '/nowhere/at/all.csv': No such file or directory");
  EXPECT_FALSE(CsvReader::open(std::filesystem::temp_directory_path().string()).ok());
}

}  // namespace
}  // namespace marquee::datasets
