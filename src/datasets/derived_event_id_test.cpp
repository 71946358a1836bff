#include "datasets/derived_event_id.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::datasets {
namespace {

Event example() {
  Event event;
  event.user_id = UserId("1");
  event.movie_id = MovieId("31");
  event.type = EventType::kRating;
  event.value = 2.5;
  event.ts_ms = 1'260'759'144'000;
  return event;
}

TEST(DerivedEventId, IsAVersion7IdOfTheTimeOfTheEvent) {
  EXPECT_TRUE(rc::check([](std::uint32_t seconds) {
    Event event = example();
    event.ts_ms = std::int64_t{seconds} * 1000;
    const EventId id = derived_event_id(event);
    RC_ASSERT(id.is_v7());
    RC_ASSERT(id.v7_ms() == event.ts_ms);
  }));
}

TEST(DerivedEventId, DependsOnEveryPartOfTheContent) {
  const EventId id = derived_event_id(example());
  Event other = example();
  other.user_id = UserId("13");
  other.movie_id = MovieId("1");
  EXPECT_NE(derived_event_id(other), id) << "the border between the ids counts";
  other = example();
  other.type = EventType::kView;
  EXPECT_NE(derived_event_id(other), id);
  other = example();
  other.value = 3.0;
  EXPECT_NE(derived_event_id(other), id);
  other.value = std::nullopt;
  EXPECT_NE(derived_event_id(other), id);
  other = example();
  other.ts_ms += 1;
  EXPECT_NE(derived_event_id(other), id);
}

TEST(DerivedEventId, DoesNotDependOnWhatThisProgramAdds) {
  Event event = example();
  event.accepted_at_ms = 7;
  event.event_id = Uuid::v7(1);
  EXPECT_EQ(derived_event_id(event), derived_event_id(example()));
}

}  // namespace
}  // namespace marquee::datasets
