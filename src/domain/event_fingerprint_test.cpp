#include "domain/event_fingerprint.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "testing/event_builder.h"

namespace marquee {
namespace {

using testing::EventBuilder;

TEST(EventFingerprint, IsTheSameForEverSinceItIsStored) {
  SentFields sent;
  sent.movie_id = "318";
  sent.event_type = "rating";
  sent.value = 4.5;
  EXPECT_EQ(fingerprint_of(sent), 4754495924260619095U) << "written down from the first run";
}

TEST(EventFingerprint, OfAnEventIsThatOfTheSameFieldsSent) {
  const Event event = EventBuilder("u", "m", EventType::kRating)
                          .value(3)
                          .session("s")
                          .list("l", 7)
                          .undoes(5)
                          .build();
  SentFields sent;
  sent.movie_id = "m";
  sent.event_type = "rating";
  sent.value = 3;
  sent.session_id = "s";
  sent.list_id = "l";
  sent.position = 7;
  sent.timestamp = format_rfc3339(event.ts_ms);
  sent.undoes = event.undoes->to_string();
  EXPECT_EQ(fingerprint_of(event), fingerprint_of(sent));
}

TEST(EventFingerprint, LooksAtEveryFieldButTheKeyAndTheLogsOwnTime) {
  const auto base = [] { return EventBuilder("u", "m", EventType::kRating).id(1).value(3); };
  const std::uint64_t of_base = fingerprint_of(base().build());
  Event same = base().build();
  same.event_id = testing::test_event_id(2);
  same.user_id = UserId("v");
  same.accepted_at_ms += 5;
  EXPECT_EQ(fingerprint_of(same), of_base);
  EXPECT_NE(fingerprint_of(base().value(4).build()), of_base);
  EXPECT_NE(fingerprint_of(base().session("s").build()), of_base);
  EXPECT_NE(fingerprint_of(base().list("l").build()), of_base);
  EXPECT_NE(fingerprint_of(base().undoes(3).build()), of_base);
  EXPECT_NE(fingerprint_of(base().at(1).build()), of_base);
  EXPECT_NE(fingerprint_of(EventBuilder("u", "n", EventType::kRating).value(3).build()), of_base);
}

}  // namespace
}  // namespace marquee
