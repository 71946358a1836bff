// Goal: a run record reads back as it was written, and nothing else passes for one.

#include "formats/run_record.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::formats {
namespace {

RunRecord example_record() {
  RunRecord record;
  record.run_id = "2025-01-03";
  record.as_of_ms = 1'735'862'400'000;
  record.model_version = ModelVersion("als_20250103_0000");
  record.baseline = ModelVersion("als_20250102_0000");
  record.history_sha256 = std::string(64, 'a');
  record.log_end.set_next(Offset::kEmbedded, 17);
  record.archive_until_day = 20'091;
  record.seed = 1;
  record.parameters = {{"rank", 64}, {"regularization", 0.003}};
  record.top_n = 100;
  return record;
}

constexpr const char* kJson =
    R"({"schema":1,"run_id":"2025-01-03","as_of":"2025-01-03T00:00:00.000Z",)"
    R"("model_version":"als_20250103_0000","baseline":"als_20250102_0000","history_sha256":)"
    R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","log_end":"e:17",)"
    R"("archive_until":"2025-01-03","seed":1,"parameters":{"rank":64,"regularization":0.003},)"
    R"("top_n":100})";

TEST(RunRecord, IsTheJsonOfItsDocument) { EXPECT_EQ(to_json(example_record()), kJson); }

TEST(RunRecord, ComesBackAsItWent) {
  RunRecord record = example_record();
  EXPECT_EQ(*parse_run_record(to_json(record)), record);
  record.baseline.reset();
  record.history_sha256.clear();
  record.log_end = Cursor();
  EXPECT_EQ(*parse_run_record(to_json(record)), record);
  record.begun_by = "airflow";
  EXPECT_EQ(*parse_run_record(to_json(record)), record);
}

TEST(RunRecord, CutAnywhereIsDamaged) {
  const std::string json = kJson;
  for (std::size_t size = 0; size < json.size(); ++size) {
    const auto record = parse_run_record(json.substr(0, size));
    ASSERT_FALSE(record.ok());
    EXPECT_EQ(record.error().code, ErrorCode::kDataLoss);
  }
}

TEST(RunRecord, WithAMemberOfAnotherGrammarNamesIt) {
  const auto expect_named = [](const char* from, const char* to, const char* member) {
    std::string json = kJson;
    json.replace(json.find(from), std::string(from).size(), to);
    const auto record = parse_run_record(json);
    ASSERT_FALSE(record.ok()) << json;
    EXPECT_EQ(record.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(record.error().message.find(member), std::string::npos) << record.error().message;
  };
  expect_named("\"schema\":1", "\"schema\":2", "newer program");
  expect_named("als_20250103_0000", "als/../..", "model_version");
  expect_named("als_20250102_0000", "no version", "baseline");
  expect_named("e:17", "e:x", "log_end");
  expect_named("\"archive_until\":\"2025-01-03\"", "\"archive_until\":\"2025-02-30\"",
               "archive_until");
}

TEST(CursorText, ReadsBackForAnyPartitions) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    Cursor cursor;
    for (int partition = Offset::kEmbedded; partition < 4; ++partition) {
      seed = seed * 6'364'136'223'846'793'005ULL + 1;
      if (seed % 3 != 0) cursor.set_next(partition, seed >> 20);
    }
    const auto back = parse_cursor(cursor_text(cursor));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == cursor);
  }));
}

TEST(CursorText, OfSomethingElseIsNone) {
  for (const char* text : {",", "e:1,", ",e:1", "e:1,e:2", "1", "e:-1", "e:1 "}) {
    EXPECT_FALSE(parse_cursor(text)) << text;
  }
}

TEST(DateText, IsADayAndOnlyADay) {
  EXPECT_EQ(date_text(20'091), "2025-01-03");
  EXPECT_EQ(parse_date("2025-01-03"), 20'091);
  for (const char* text : {"", "2025-1-3", "2025-13-01", "2025-02-30", "2025-01-03T00:00:00Z"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace marquee::formats
