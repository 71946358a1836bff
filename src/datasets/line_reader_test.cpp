#include "datasets/line_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

using Texts = std::vector<std::string>;

std::vector<std::pair<std::uint64_t, Texts>> read_all(const std::string& content,
                                                      const std::string& separator) {
  const TempDirectory directory;
  auto reader = SeparatedReader::open(directory.write("a.dat", content), separator);
  EXPECT_TRUE(reader.ok());
  std::vector<std::pair<std::uint64_t, Texts>> records;
  Record record;
  for (;;) {
    const auto more = reader->next(record);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) return records;
    Texts fields(record.fields.begin(), record.fields.end());
    if (!record.ok()) fields = {"!", std::string(record.problem)};
    records.emplace_back(record.line, fields);
  }
}

TEST(SeparatedReader, SplitsEveryLineAndPassesOverEmptyOnes) {
  EXPECT_EQ(read_all("1::a::x\r\n\n2::::y\n3", "::"),
            (std::vector<std::pair<std::uint64_t, Texts>>{
                {1, {"1", "a", "x"}}, {3, {"2", "", "y"}}, {4, {"3"}}}));
}

TEST(SeparatedReader, LosesOneLineThatIsTooLongAndGoesOn) {
  const std::string longest(kRecordBytesMax - 1, 'x');
  const auto records = read_all(longest + "\n" + std::string(3'000'000, 'y') + "\n7|z\n", "|");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].second, Texts{longest});
  EXPECT_EQ(records[1], (std::pair<std::uint64_t, Texts>{2, {"!", std::string(kTooLong)}}));
  EXPECT_EQ(records[2], (std::pair<std::uint64_t, Texts>{3, {"7", "z"}}));
}

TEST(SeparatedReader, CountsLinesAndBytesAsItReads) {
  const TempDirectory directory;
  auto reader = SeparatedReader::open(directory.write("a.dat", "a\nb\n\nc\n"), "|");
  EXPECT_EQ(reader->position().file_bytes, 7U);
  EXPECT_EQ(reader->position().bytes_left, 7U);
  Record record;
  while (*reader->next(record)) {
  }
  EXPECT_EQ(reader->position().lines_read, 4U);
  EXPECT_EQ(reader->position().bytes_left, 0U);
}

TEST(SeparatedReader, NamesAFileThatIsNotThere) {
  const auto reader = SeparatedReader::open("/no/such/file.dat", "|");
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::kNotFound);
  EXPECT_NE(reader.error().message.find("/no/such/file.dat"), std::string::npos);
}

RC_GTEST_PROP(SeparatedReader, ReadsBackWhatWasJoined, ()) {
  const auto field = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab \xE9")));
  const auto rows =
      *rc::gen::container<std::vector<Texts>>(rc::gen::nonEmpty(rc::gen::container<Texts>(field)));
  std::string content;
  std::vector<Texts> want;
  for (const Texts& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "::" : "") + row[i];
    content += line + "\n";
    if (!line.empty()) want.push_back(row);
  }
  std::vector<Texts> got;
  for (const auto& [line, fields] : read_all(content, "::")) got.push_back(fields);
  RC_ASSERT(got == want);
}

}  // namespace
}  // namespace marquee::datasets
