#include "batch/import_history.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/time_text.h"
#include "batch/event_sorter.h"
#include "formats/history_index.h"
#include "testing/fake_object_store.h"

namespace marquee::batch {
namespace {

using testing::FakeObjectStore;

Event rating(int user, int movie, std::int64_t ts_ms) {
  Event event;
  event.user_id = UserId("u" + std::to_string(user));
  event.movie_id = MovieId("m" + std::to_string(movie));
  event.type = EventType::kRating;
  event.value = 4.0;
  event.ts_ms = ts_ms;
  event.accepted_at_ms = ts_ms;
  event.event_id =
      Uuid::v7_from(ts_ms, static_cast<std::uint64_t>(user), static_cast<std::uint64_t>(movie));
  return event;
}

/// `count` ratings of the years 2015 to 2018, in no order.
std::vector<Event> some_history(std::uint64_t seed, int count) {
  Rng rng(seed);
  const std::int64_t first = *parse_rfc3339("2015-06-01T00:00:00Z");
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    events.push_back(rating(static_cast<int>(rng.below(9)), i,
                            first + static_cast<std::int64_t>(rng.below(3ULL * 365 * 86'400'000))));
  }
  return events;
}

EventSource source_of(const std::vector<Event>& events) {
  return [&events](const std::function<Result<void>(Event)>& take) -> Result<void> {
    for (const Event& event : events) MARQUEE_CHECK(take(event));
    return {};
  };
}

Result<std::vector<Event>> read_all(const ObjectStore& objects) {
  MARQUEE_TRY(const HistoryReader next, read_history(objects));
  std::vector<Event> events;
  for (;;) {
    MARQUEE_TRY(const auto batch, next());
    if (batch.empty()) return events;
    events.insert(events.end(), batch.begin(), batch.end());
  }
}

std::map<std::string, std::vector<std::byte>> snapshot(const ObjectStore& objects) {
  std::map<std::string, std::vector<std::byte>> out;
  const auto keys = *objects.list("archived-events/");
  for (const std::string& key : keys) out[key] = *objects.get(key);
  return out;
}

std::vector<Event> sorted(std::vector<Event> events) {
  std::ranges::sort(events, comes_before);
  return events;
}

TEST(ImportHistory, ReadsBackEveryEventInOrderOfTime) {
  FakeObjectStore objects;
  const auto events = some_history(1, 500);
  const auto summary = write_history(source_of(events), objects);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->events, 500U);
  EXPECT_EQ(summary->duplicates, 0U);
  EXPECT_EQ(summary->files, 4U);
  const auto back = read_all(objects);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, sorted(events));
  EXPECT_EQ(summary->first_ts_ms, back->front().ts_ms);
  EXPECT_EQ(summary->last_ts_ms, back->back().ts_ms);
}

TEST(ImportHistory, LaysFilesByTheYearOfTheEvents) {
  FakeObjectStore objects;
  const std::vector<Event> events{rating(1, 1, *parse_rfc3339("2015-12-31T23:59:59.999Z")),
                                  rating(1, 2, *parse_rfc3339("2016-01-01T00:00:00Z"))};
  ASSERT_TRUE(write_history(source_of(events), objects).ok());
  const auto keys = *objects.list("archived-events/");
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_TRUE(keys[0].starts_with("archived-events/2015/01/01/events-import-000-"));
  EXPECT_TRUE(keys[0].ends_with(".parquet"));
  EXPECT_TRUE(keys[1].starts_with("archived-events/2016/01/01/events-import-000-"));
  EXPECT_EQ(keys[2], "archived-events/history.json");
}

TEST(ImportHistory, GivesTheSameBytesWhateverTheOrderAndTheBuffers) {
  auto events = some_history(2, 700);
  FakeObjectStore one, other;
  ImportOptions options;
  options.rows_per_file_max = 100;
  ASSERT_TRUE(write_history(source_of(events), one, options).ok());
  std::ranges::reverse(events);
  options.buffer_events_max = 50;
  ASSERT_TRUE(write_history(source_of(events), other, options).ok());
  EXPECT_EQ(snapshot(one), snapshot(other));
  EXPECT_GT(snapshot(one).size(), 7U);
  EXPECT_EQ(*read_all(other), sorted(events));
  ASSERT_TRUE(write_history(source_of(events), one, options).ok()) << "a repeat";
  EXPECT_EQ(snapshot(one), snapshot(other));
}

TEST(ImportHistory, LeavesOutExactRepeats) {
  FakeObjectStore objects;
  auto events = some_history(3, 20);
  const auto want = sorted(events);
  events.insert(events.end(), want.begin(), want.begin() + 5);
  const auto summary = write_history(source_of(events), objects);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->duplicates, 5U);
  EXPECT_EQ(*read_all(objects), want);
}

TEST(ImportHistory, TakesThePlaceOfTheHistoryBeforeAndOfNothingElse) {
  FakeObjectStore objects;
  const std::string archived = "archived-events/2016/03/04/events-0.parquet";
  ASSERT_TRUE(objects.put(archived, {}).ok());
  const auto first = some_history(4, 50), second = some_history(5, 60);
  ASSERT_TRUE(write_history(source_of(first), objects).ok());
  ASSERT_TRUE(write_history(source_of(second), objects).ok());
  EXPECT_EQ(*read_all(objects), sorted(second));
  const auto left = snapshot(objects);
  EXPECT_TRUE(left.contains(archived));
  FakeObjectStore fresh;
  ASSERT_TRUE(write_history(source_of(second), fresh).ok());
  EXPECT_EQ(left.size(), snapshot(fresh).size() + 1);
}

/// Passes on to another store, but for one put, which fails.
class FailingStore final : public ObjectStore {
 public:
  FailingStore(FakeObjectStore& store, std::size_t at) : store_(store), at_(at) {}
  Result<void> put(std::string_view key, std::span<const std::byte> bytes) override {
    if (count_++ == at_) return Error{ErrorCode::kResourceExhausted, "disk full"};
    return store_.put(key, bytes);
  }
  Result<std::vector<std::byte>> get(std::string_view key) const override {
    return store_.get(key);
  }
  Result<std::vector<std::string>> list(std::string_view prefix) const override {
    return store_.list(prefix);
  }
  Result<void> remove(std::string_view key) override { return store_.remove(key); }

 private:
  FakeObjectStore& store_;
  std::size_t at_;
  std::size_t count_ = 0;
};

TEST(ImportHistory, KeepsTheOldHistoryWholeWhicheverWriteFails) {
  FakeObjectStore probe;
  const auto first = some_history(6, 50), second = some_history(7, 60);
  ASSERT_TRUE(write_history(source_of(second), probe).ok());
  const std::size_t puts = snapshot(probe).size();
  for (std::size_t failing = 0; failing < puts; ++failing) {
    FakeObjectStore objects;
    ASSERT_TRUE(write_history(source_of(first), objects).ok());
    const auto before = snapshot(objects);
    FailingStore store(objects, failing);
    const auto result = write_history(source_of(second), store);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().message, "disk full");
    const auto kept = read_all(objects);
    ASSERT_TRUE(kept.ok()) << kept.error().message;
    EXPECT_EQ(*kept, sorted(first)) << failing;
    if (failing + 1 < puts) {
      EXPECT_EQ(snapshot(objects), before) << "nothing is left lying about";
    }
    ASSERT_TRUE(write_history(source_of(second), objects).ok());
    EXPECT_EQ(snapshot(objects), snapshot(probe));
  }
}

TEST(ImportHistory, WritesNothingWhenTheSourceFails) {
  FakeObjectStore objects;
  const auto result = write_history(
      [](const std::function<Result<void>(Event)>& take) -> Result<void> {
        MARQUEE_CHECK(take(rating(1, 1, 1'000)));
        return Error{ErrorCode::kInvalidArgument, "ratings.csv:7: bad"};
      },
      objects);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "ratings.csv:7: bad");
  EXPECT_TRUE(snapshot(objects).empty());
}

TEST(ImportHistory, RefusesEventsThatNoReaderWouldTake) {
  FakeObjectStore objects;
  Event bad_user = rating(1, 1, 1'000), too_old = bad_user, too_late = bad_user;
  bad_user.user_id = UserId("a b");
  too_old.ts_ms = -1;
  too_late.ts_ms = 253'402'300'800'000;
  for (const Event& event : {bad_user, too_old, too_late}) {
    const std::vector<Event> events{event};
    const auto result = write_history(source_of(events), objects);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ImportHistory, TellsItsProgress) {
  FakeObjectStore objects;
  ImportProgress last;
  ImportOptions options;
  options.progress = [&last](const ImportProgress& progress) { last = progress; };
  const auto events = some_history(8, 30);
  ASSERT_TRUE(write_history(source_of(events), objects, options).ok());
  EXPECT_EQ(last.events_read, 30U);
  EXPECT_EQ(last.events_written, 30U);
}

TEST(ReadHistory, IsEmptyWithoutAnImportAndAfterAnEmptyOne) {
  FakeObjectStore objects;
  EXPECT_TRUE(read_all(objects)->empty());
  const std::vector<Event> none;
  ASSERT_TRUE(write_history(source_of(none), objects).ok());
  EXPECT_TRUE(read_all(objects)->empty());
}

TEST(ReadHistory, BelievesOnlyTheFilesThatTheIndexNames) {
  FakeObjectStore objects;
  const auto events = some_history(9, 40);
  ASSERT_TRUE(write_history(source_of(events), objects).ok());
  const auto key = (*objects.list("archived-events/20")).front();
  ASSERT_TRUE(
      objects.put("archived-events/2010/01/01/events-import-000-dead.parquet", *objects.get(key))
          .ok());
  EXPECT_EQ(read_all(objects)->size(), 40U);
}

TEST(ReadHistory, AnswersDataLossForAMissingOrChangedFileOrIndex) {
  FakeObjectStore objects;
  const auto events = some_history(10, 40);
  ASSERT_TRUE(write_history(source_of(events), objects).ok());
  const auto key = (*objects.list("archived-events/20")).front();
  const auto good = *objects.get(key);
  const auto expect_loss = [&objects](const std::string& about) {
    const auto result = read_all(objects);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(result.error().message.find(about), std::string::npos) << result.error().message;
  };
  auto changed = good;
  changed[changed.size() / 2] ^= std::byte{1};
  ASSERT_TRUE(objects.put(key, changed).ok());
  expect_loss(key);
  ASSERT_TRUE(objects.remove(key).ok());
  expect_loss(key + " is missing");
  ASSERT_TRUE(objects.put(formats::HistoryIndex::kKey, std::as_bytes(std::span("{]"))).ok());
  expect_loss("history.json is not JSON");
  // importing again mends it
  ASSERT_TRUE(write_history(source_of(events), objects).ok());
  EXPECT_EQ(*read_all(objects), sorted(events));
}

TEST(ReadHistory, PassesOnThatTheStoreIsAway) {
  FakeObjectStore objects;
  objects.fail_next(1, {ErrorCode::kUnavailable, "the store is away"});
  const auto result = read_history(objects);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace marquee::batch
