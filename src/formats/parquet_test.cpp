#include "formats/parquet.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"

namespace marquee::formats {
namespace {

ArchivedEvent random_event(Rng& rng) {
  ArchivedEvent out;
  Event& event = out.event;
  event.ts_ms = static_cast<std::int64_t>(rng.below(2'000'000'000'000));
  event.accepted_at_ms = event.ts_ms + static_cast<std::int64_t>(rng.below(10'000));
  event.event_id = Uuid::v7_from(event.ts_ms, rng.next(), rng.next());
  event.user_id = UserId("u" + std::to_string(rng.below(50)));
  event.movie_id = MovieId("m:" + std::to_string(rng.below(200)));
  event.type = static_cast<EventType>(rng.below(11));
  if (rng.below(2) == 0) event.value = rng.uniform() * 5;
  if (rng.below(2) == 0) event.session_id = SessionId("s" + std::to_string(rng.below(9)));
  if (rng.below(2) == 0) event.list_id = ListId("l" + std::to_string(rng.below(9)));
  if (rng.below(2) == 0) event.position = static_cast<std::int32_t>(1 + rng.below(100));
  if (rng.below(3) == 0) event.undoes = Uuid::v7_from(event.ts_ms, rng.next(), rng.next());
  if (rng.below(2) == 0) out.offset = Offset{Offset::kEmbedded, rng.next()};
  return out;
}

std::vector<ArchivedEvent> random_events(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  std::vector<ArchivedEvent> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(random_event(rng));
  return events;
}

ParquetBytes write(const std::vector<ArchivedEvent>& events, const FileMetadata& metadata = {}) {
  auto writer = EventsWriter::make(metadata);
  EXPECT_TRUE(writer.ok());
  for (const ArchivedEvent& event : events) EXPECT_TRUE((*writer)->append(event).ok());
  auto bytes = (*writer)->finish();
  EXPECT_TRUE(bytes.ok());
  return std::move(bytes).value();
}

Result<std::vector<ArchivedEvent>> read(std::span<const std::byte> bytes) {
  std::vector<ArchivedEvent> events;
  MARQUEE_CHECK(read_events(bytes, [&events](ArchivedEvent event) -> Result<void> {
    events.push_back(std::move(event));
    return {};
  }));
  return events;
}

TEST(ParquetEvents, ReadsBackEveryFieldOfEveryEvent) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const auto events = random_events(seed, seed % 40);
    const auto back = read(write(events));
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == events);
  }));
}

TEST(ParquetEvents, KeepsTheOrderAcrossRowGroups) {
  const auto events = random_events(1, 64 * 1024 + 77);
  const auto back = read(write(events));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_TRUE(*back == events);
}

TEST(ParquetEvents, GivesTheSameBytesForTheSameContent) {
  const auto events = random_events(2, 3'000);
  EXPECT_EQ(write(events, {{"from", "e:0"}}), write(events, {{"from", "e:0"}}));
}

TEST(ParquetEvents, CarriesTheMetadataOfTheFile) {
  const FileMetadata metadata{{"offset_first", "e:10"}, {"offset_last", "e:20"}};
  const auto back = read_metadata(write(random_events(3, 5), metadata));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, metadata);
}

TEST(ParquetEvents, StopsAtTheErrorOfTheCallback) {
  int calls = 0;
  const auto result = read_events(write(random_events(4, 10)), [&](ArchivedEvent) -> Result<void> {
    if (++calls == 3) return Error{ErrorCode::kUnavailable, "enough"};
    return {};
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(result.error().message, "enough");
  EXPECT_EQ(calls, 3);
}

TEST(ParquetEvents, RefusesAnIdThatNoWriterOfOursMakes) {
  auto events = random_events(5, 4);
  events[2].event.user_id = UserId("no id at all");
  const auto result = read(write(events));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(result.error().message, "column 'user_id', row 2: is no id");
}

TEST(ParquetEvents, NamesTheColumnOfAnotherSchema) {
  const std::vector<std::string> ids{"a"};
  const std::vector<float> values{1, 2};
  const auto factors = write_factors("movie_id", ids, values, 2);
  ASSERT_TRUE(factors.ok());
  const auto result = read(*factors);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(result.error().message.find("'movie_id'"), std::string::npos) << result.error().message;
}

/// Every reader's answer to damaged bytes: an error, or the very rows that were written (the
/// damage hit something that says nothing, such as a statistic).
void expect_no_lies(const std::vector<ArchivedEvent>& events, const ParquetBytes& damaged,
                    std::size_t at) {
  const auto back = read(damaged);
  if (!back.ok()) {
    EXPECT_TRUE(back.error().code == ErrorCode::kDataLoss ||
                back.error().code == ErrorCode::kResourceExhausted)
        << at << ": " << back.error().message;
    EXPECT_EQ(back.error().message.find('\n'), std::string::npos);
    return;
  }
  EXPECT_TRUE(*back == events) << "damage at " << at << " went unseen";
}

TEST(ParquetEvents, AnswersDataLossForEveryTruncation) {
  const auto events = random_events(6, 50);
  const auto bytes = write(events);
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    const auto back = read(std::span(bytes).first(size));
    ASSERT_FALSE(back.ok()) << size;
    EXPECT_EQ(back.error().code, ErrorCode::kDataLoss) << size;
  }
}

TEST(ParquetEvents, NeverCrashesOnAFlippedByteNorGivesWrongPageData) {
  const auto events = random_events(7, 200);
  const auto bytes = write(events);
  Rng rng(8);
  for (std::size_t at = 0; at < bytes.size(); at += 1 + rng.below(5)) {
    auto damaged = bytes;
    damaged[at] ^= static_cast<std::byte>(1U << rng.below(8));
    expect_no_lies(events, damaged, at);
  }
}

TEST(ParquetEvents, NeverCrashesOnAFlippedByteInAFileWithoutASeal) {
  auto bytes = write(random_events(10, 120));
  const std::string_view key = "marquee.crc32c";
  const auto at_key = std::ranges::search(bytes, std::as_bytes(std::span(key)));
  ASSERT_FALSE(at_key.empty());
  at_key[0] = std::byte{'M'};  // another writer's file: Arrow alone must cope
  ASSERT_TRUE(read(bytes).ok());
  Rng rng(11);
  for (std::size_t at = 0; at < bytes.size(); at += 1 + rng.below(10)) {
    const std::byte good = bytes[at];
    bytes[at] ^= static_cast<std::byte>(1U << rng.below(8));
    const auto back = read(bytes);
    if (!back.ok()) {
      EXPECT_EQ(back.error().message.find('\n'), std::string::npos);
    }
    bytes[at] = good;
  }
}

TEST(ParquetEvents, NeverCrashesOnNoise) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& noise) {
    ParquetBytes bytes;
    for (const char c : std::string_view("PAR1")) bytes.push_back(static_cast<std::byte>(c));
    for (const std::uint8_t byte : noise) bytes.push_back(static_cast<std::byte>(byte));
    RC_ASSERT(!read(bytes).ok());
    RC_ASSERT(!read_factors(bytes, "movie_id").ok());
    RC_ASSERT(!RecommendationsReader::open(bytes).ok());
  }));
}

std::vector<std::string> ids(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back("m" + std::to_string(1'000'000 + i));
  return out;
}

std::vector<float> random_values(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(rng.normal());
  return out;
}

TEST(ParquetFactors, ReadsBackEveryVectorBitForBit) {
  for (const std::size_t rows : {0U, 1U, 5U, 65'537U}) {
    const std::size_t k = rows > 100 ? 3 : 64;
    const auto names = ids(rows);
    const auto values = random_values(rows, rows * k);
    const auto bytes = write_factors("user_id", names, values, k);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto back = read_factors(*bytes, "user_id");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->ids, names);
    EXPECT_EQ(back->values, values);
    EXPECT_EQ(back->k, k);
  }
}

TEST(ParquetFactors, RefusesRowsThatAreUnsortedRepeatedOrOfAnotherSize) {
  const std::vector<float> values(4);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"b", "a"}, {"a", "a"}, {"a"}, {"a", "b", "c"}}) {
    const auto result = write_factors("movie_id", names, values, 2);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(write_factors("movie_id", {}, {}, 0).ok());
}

TEST(ParquetFactors, RefusesTheFactorsOfUsersWhereThoseOfMoviesAreWanted) {
  const auto bytes = write_factors("user_id", ids(3), random_values(1, 6), 2);
  ASSERT_TRUE(bytes.ok());
  const auto result = read_factors(*bytes, "movie_id");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(result.error().message, "column 1 is 'user_id' string, want 'movie_id' string");
}

TEST(ParquetFactors, NeverCrashesOnAFlippedByteNorGivesWrongPageData) {
  const auto names = ids(40);
  const auto values = random_values(9, 40 * 8);
  const auto bytes = write_factors("movie_id", names, values, 8);
  ASSERT_TRUE(bytes.ok());
  for (std::size_t at = 0; at < bytes->size(); ++at) {
    auto damaged = *bytes;
    damaged[at] ^= std::byte{0x10};
    const auto back = read_factors(damaged, "movie_id");
    if (back.ok()) {
      EXPECT_TRUE(back->ids == names && back->values == values) << "unseen damage at " << at;
    }
  }
}

std::vector<RecommendationRow> recommendations(std::size_t users, std::size_t items) {
  std::vector<RecommendationRow> rows;
  for (const std::string& user : ids(users)) {
    RecommendationRow& row = rows.emplace_back();
    row.user_id = UserId(user);
    for (std::size_t i = 0; i < items; ++i) {
      row.items.push_back({MovieId("m" + std::to_string(i)), 1.0F / static_cast<float>(i + 1)});
    }
  }
  return rows;
}

Result<ParquetBytes> write_recommendations(const std::vector<RecommendationRow>& rows) {
  MARQUEE_TRY(const auto writer, RecommendationsWriter::make());
  for (const RecommendationRow& row : rows) MARQUEE_CHECK(writer->append(row));
  return writer->finish();
}

/// What each next() handed out, without the last, empty one.
Result<std::vector<std::vector<RecommendationRow>>> read_recommendations(
    std::span<const std::byte> bytes) {
  MARQUEE_TRY(const auto reader, RecommendationsReader::open(bytes));
  std::vector<std::vector<RecommendationRow>> parts;
  for (;;) {
    MARQUEE_TRY(auto part, reader->next());
    if (part.empty()) return parts;
    parts.push_back(std::move(part));
  }
}

std::vector<RecommendationRow> joined(std::vector<std::vector<RecommendationRow>> parts) {
  std::vector<RecommendationRow> rows;
  for (auto& part : parts) std::ranges::move(part, std::back_inserter(rows));
  return rows;
}

TEST(ParquetRecommendations, ReadsBackEveryList) {
  for (const auto& [users, items] : {std::pair{0, 0}, {1, 1}, {3, 100}, {700, 100}}) {
    const auto rows = recommendations(users, items);
    const auto bytes = write_recommendations(rows);
    ASSERT_TRUE(bytes.ok());
    const auto back = read_recommendations(*bytes);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_TRUE(joined(*back) == rows);
  }
}

TEST(ParquetRecommendations, HandsOutWholeListsBeforeTheFileIsRead) {
  const auto rows = recommendations(1'400, 100);  // 65,536 rows a group: two within a list
  const auto parts = read_recommendations(*write_recommendations(rows));
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  std::vector<std::size_t> sizes;
  for (const auto& part : *parts) sizes.push_back(part.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{655, 655, 89, 1}));
  EXPECT_TRUE(joined(*parts) == rows);
}

TEST(ParquetRecommendations, AViewerWhoIsRefusedLeavesNoTrace) {
  const auto rows = recommendations(2, 3);
  const auto writer = *RecommendationsWriter::make();
  ASSERT_TRUE(writer->append(rows[1]).ok());
  EXPECT_EQ(writer->append(rows[0]).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(writer->append(rows[1]).error().code, ErrorCode::kInvalidArgument);
  const auto back = read_recommendations(*writer->finish());
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_TRUE(joined(*back) == std::vector{rows[1]});
}

TEST(ParquetRecommendations, RefusesUsersOutOfOrderAndListsBeyondTheRank) {
  auto rows = recommendations(2, 1);
  std::swap(rows[0], rows[1]);
  EXPECT_EQ(write_recommendations(rows).error().code, ErrorCode::kInvalidArgument);
  const auto endless = recommendations(1, std::numeric_limits<std::int16_t>::max() + 1);
  EXPECT_EQ(write_recommendations(endless).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::formats
