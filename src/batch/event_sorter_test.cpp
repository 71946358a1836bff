#include "batch/event_sorter.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "batch/event_spill.h"

namespace marquee::batch {
namespace {

Event random_event(Rng& rng) {
  Event event;
  event.ts_ms = static_cast<std::int64_t>(rng.below(40));  // many ties
  event.accepted_at_ms = event.ts_ms + 5;
  event.event_id = Uuid::v7_from(event.ts_ms, rng.next(), rng.next());
  event.user_id = UserId(std::string(1 + rng.below(kIdLengthMax), 'u'));
  event.movie_id = MovieId("m" + std::to_string(rng.below(5)));
  event.type = static_cast<EventType>(rng.below(11));
  if (rng.below(2) == 0) event.value = rng.uniform();
  if (rng.below(2) == 0) event.session_id = SessionId("s");
  if (rng.below(2) == 0) event.list_id = ListId("l");
  if (rng.below(2) == 0) event.position = static_cast<std::int32_t>(rng.below(100));
  if (rng.below(2) == 0) event.undoes = event.event_id;
  return event;
}

std::vector<Event> random_events(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  std::vector<Event> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(random_event(rng));
  return events;
}

TEST(EventSpill, ReadsBackWhatItWroteAndKnowsWhenItIsCutShort) {
  for (const Event& event : random_events(1, 200)) {
    std::string bytes;
    encode_spilled(event, bytes);
    Event back;
    EXPECT_EQ(decode_spilled(bytes + "more", back), bytes.size());
    EXPECT_EQ(back, event);
    for (std::size_t size = 0; size < bytes.size(); size += 3) {
      EXPECT_EQ(decode_spilled(std::string_view(bytes).substr(0, size), back), 0U);
    }
  }
}

TEST(EventSorter, GivesTheOrderOfASortInMemoryHoweverSmallItsBuffer) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const auto events = random_events(seed, seed % 300);
    auto want = events;
    std::ranges::sort(want, comes_before);
    for (const std::size_t buffer : {1'000U, 64U, 7U}) {
      EventSorter sorter({buffer, ""});
      for (const Event& event : events) RC_ASSERT(sorter.add(event).ok());
      std::vector<Event> got;
      RC_ASSERT(sorter
                    .for_each([&got](const Event& event) -> Result<void> {
                      got.push_back(event);
                      return {};
                    })
                    .ok());
      RC_ASSERT(got == want);
    }
  }));
}

TEST(EventSorter, ReadsRunsThatAreLongerThanItsReadBuffer) {
  constexpr std::size_t kCount = 30'000;
  Rng rng(3);
  EventSorter sorter({kCount / 2, ""});
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_TRUE(sorter.add(random_event(rng)).ok());
  std::size_t count = 0;
  Event last;
  ASSERT_TRUE(sorter
                  .for_each([&](const Event& event) -> Result<void> {
                    EXPECT_FALSE(count > 0 && comes_before(event, last));
                    last = event;
                    ++count;
                    return {};
                  })
                  .ok());
  EXPECT_EQ(count, kCount);
}

TEST(EventSorter, LeavesNoFileBehind) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("marquee_" + Uuid::v7(0).to_string());
  std::filesystem::create_directories(directory);
  EventSorter sorter({10, directory.string()});
  for (const Event& event : random_events(4, 100)) ASSERT_TRUE(sorter.add(event).ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove_all(directory);
}

TEST(EventSorter, SaysWhenItCannotWrite) {
  EventSorter sorter({2, "/nowhere/at/all"});
  Result<void> result;
  for (const Event& event : random_events(5, 5)) {
    result = sorter.add(event);
    if (!result.ok()) break;
  }
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message,
            "cannot create a temporary file for sorting: No such file or directory");
}

TEST(EventSorter, StopsAtTheErrorOfTheReceiver) {
  for (const std::size_t buffer : {3U, 100U}) {
    EventSorter sorter({buffer, ""});
    for (const Event& event : random_events(6, 20)) ASSERT_TRUE(sorter.add(event).ok());
    int calls = 0;
    const auto result = sorter.for_each([&calls](const Event&) -> Result<void> {
      if (++calls == 2) return Error{ErrorCode::kUnavailable, "enough"};
      return {};
    });
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(calls, 2);
  }
}

}  // namespace
}  // namespace marquee::batch
