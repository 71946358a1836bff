// Goal: the index of the archive says which offsets stand where, in order, or is refused.

#include "formats/archive_index.h"

#include <gtest/gtest.h>

#include "formats/run_record.h"

namespace marquee::formats {
namespace {

ArchiveIndex::File file(std::int32_t day, std::uint64_t first, std::uint64_t last) {
  return {"archived-events/2025/01/03/events-000.parquet",
          day,
          {Offset::kEmbedded, first},
          {Offset::kEmbedded, last},
          std::string(64, 'b'),
          900,
          last - first + 1};
}

TEST(ArchiveIndex, IsTheJsonOfItsDocument) {
  EXPECT_EQ(to_json(ArchiveIndex{{file(20'091, 0, 16)}}),
            R"({"schema":1,"archived_until":"e:17","files":[)"
            R"({"key":"archived-events/2025/01/03/events-000.parquet","date":"2025-01-03",)"
            R"("first":"e:0","last":"e:16","sha256":)"
            R"("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",)"
            R"("bytes":900,"events":17}]})");
}

TEST(ArchiveIndex, ComesBackAsItWent) {
  const ArchiveIndex index{{file(20'091, 0, 16), file(20'091, 17, 20), file(20'093, 22, 22)}};
  EXPECT_EQ(*parse_archive_index(to_json(index)), index);
  EXPECT_EQ(*parse_archive_index(to_json(ArchiveIndex())), ArchiveIndex());
}

TEST(ArchiveIndex, EndsBehindItsLastEvent) {
  EXPECT_EQ(ArchiveIndex().end(), Cursor());
  const ArchiveIndex index{{file(20'091, 0, 16), file(20'093, 22, 23)}};
  EXPECT_EQ(index.end().next(Offset::kEmbedded), 24U);
}

TEST(ArchiveIndex, OfFilesThatOverlapOrGoBackIsDamaged) {
  for (const auto& second : {file(20'091, 16, 20), file(20'090, 17, 20), file(20'091, 20, 19)}) {
    const auto index = parse_archive_index(to_json(ArchiveIndex{{file(20'091, 0, 16), second}}));
    ASSERT_FALSE(index.ok());
    EXPECT_EQ(index.error().code, ErrorCode::kDataLoss);
  }
}

TEST(ArchiveIndex, CutAnywhereIsDamaged) {
  const std::string json = to_json(ArchiveIndex{{file(20'091, 0, 16)}});
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_FALSE(parse_archive_index(json.substr(0, size)).ok()) << size;
  }
}

ArchiveIndex::File file_of(std::int32_t partition, std::int32_t day, std::uint64_t first,
                           std::uint64_t last, std::uint64_t skipped = 0) {
  ArchiveIndex::File named = file(day, first, last);
  named.first.partition = partition;
  named.last.partition = partition;
  named.skipped = skipped;
  return named;
}

TEST(ArchiveIndex, OfPartitionsHasASchemaThatOlderProgramsRefuse) {
  ArchiveIndex index{{file_of(0, 20'091, 0, 3, 1), file_of(2, 20'091, 5, 6)}};
  index.behind_gaps.set_next(2, 9);
  const std::string json = to_json(index);
  EXPECT_TRUE(json.starts_with(R"({"schema":2,"archived_until":"k:0:4,k:2:9","files":[)")) << json;
  EXPECT_NE(json.find(R"("events":4,"skipped":1})"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("events":2,"skipped":0})"), std::string::npos) << json;
  EXPECT_EQ(*parse_archive_index(json), index);
  for (const std::string schema : {"1", "3"}) {
    const auto other = parse_archive_index(R"({"schema":)" + schema + json.substr(11));
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().code, ErrorCode::kDataLoss);
  }
}

TEST(ArchiveIndex, EndsInEachPartitionBehindItsLastRecordAndGaps) {
  ArchiveIndex index{
      {file_of(0, 20'091, 0, 3), file_of(1, 20'091, 0, 8), file_of(0, 20'092, 7, 7)}};
  EXPECT_EQ(cursor_text(index.end()), "k:0:8,k:1:9");
  index.behind_gaps.set_next(0, 3);  // of an earlier day
  index.behind_gaps.set_next(1, 11);
  EXPECT_EQ(cursor_text(index.end()), "k:0:8,k:1:11");
}

TEST(ArchiveIndex, OfAPartitionThatOverlapsOrOfDaysThatGoBackIsDamaged) {
  const auto first = file_of(0, 20'091, 0, 16);
  EXPECT_TRUE(parse_archive_index(to_json({{first, file_of(1, 20'091, 0, 16)}})).ok());
  for (const auto& second : {file_of(0, 20'092, 16, 20), file_of(1, 20'090, 0, 3)}) {
    const auto index = parse_archive_index(to_json({{first, file_of(1, 20'091, 0, 2), second}}));
    ASSERT_FALSE(index.ok());
    EXPECT_EQ(index.error().code, ErrorCode::kDataLoss);
  }
}

}  // namespace
}  // namespace marquee::formats
