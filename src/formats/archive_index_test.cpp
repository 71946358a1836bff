// Goal: the index of the archive says which offsets stand where, in order, or is refused.

#include "formats/archive_index.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace marquee::formats
