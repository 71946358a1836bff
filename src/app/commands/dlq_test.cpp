#include <future>

#include <gmock/gmock.h>

#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "testing/event_builder.h"

namespace marquee::app {
namespace {

using marquee::testing::EventBuilder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DeadLetterCommandsTest : public SmallDatasetTest {
 protected:
  /// The log of a data directory with two events, as another writer of it might leave them.
  std::unique_ptr<Storage> storage_with(const Event& first, const Event& second) {
    auto storage = Storage::open_owner(loaded_.settings);
    EXPECT_TRUE(storage.ok()) << storage.error().message;
    std::promise<bool> stored;
    (*storage)->log->append({{first, 1}, {second, 2}},
                            [&stored](const auto& outcome) { stored.set_value(outcome.ok()); });
    EXPECT_TRUE(stored.get_future().get());
    return *std::move(storage);
  }
  static Event poison() {
    Event event = EventBuilder("u2", "m2").id(2).build();
    event.type = EventType::kRating;
    event.value.reset();
    return event;
  }
  /// What the command printed, or its error.
  template <typename Command>
  static std::string printed(const Command& command) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const auto outcome = command();
    ::testing::internal::GetCapturedStderr();
    const std::string out = ::testing::internal::GetCapturedStdout();
    return outcome.ok() ? out : outcome.error().message;
  }
  std::string list(bool json) const {
    return printed([&] { return commands::dlq_list(loaded_, 10, json); });
  }
  std::string replay() const {
    return printed([&] { return commands::dlq_replay(loaded_); });
  }
};

TEST_F(DeadLetterCommandsTest, ListsWhatCouldNotBeAppliedAndWhy) {
  storage_with(EventBuilder("u1", "m1").id(1).build(), poison());
  ASSERT_THAT(printed([&] { return commands::rebuild(loaded_, false); }),
              StartsWith("state rebuilt"));
  EXPECT_THAT(list(false), AllOf(HasSubstr("e:1 "), HasSubstr("a rating without value")));
  EXPECT_THAT(list(true), AllOf(HasSubstr(R"("offset":"e:1")"), HasSubstr(R"("foldable":false)"),
                                HasSubstr(R"("user_id":"u2")")));
  EXPECT_EQ(replay(), "1 dead letters, 0 of which this version can fold\n");
  EXPECT_THAT(printed([&] { return commands::audit(loaded_, false); }),
              AllOf(HasSubstr("dead_lettered: 1"), HasSubstr("holds: true")));
}

TEST_F(DeadLetterCommandsTest, ReplayAppliesWhatAnEarlierVersionCouldNotAtItsPlaceInTheLog) {
  {
    const Event first = EventBuilder("u1", "m1").id(1).build();
    const Event second = EventBuilder("u2", "m2").id(2).build();
    const auto storage = storage_with(first, second);
    FoldBatch earlier;  // of a version that knew neither type
    earlier.dead_letters = {{Offset{Offset::kEmbedded, 0}, first, "event_type is unknown", 1},
                            {Offset{Offset::kEmbedded, 1}, second, "event_type is unknown", 2}};
    earlier.totals.dead_lettered = 2;
    earlier.after = storage->log->end();
    ASSERT_TRUE(storage->stores->profiles.apply(earlier).ok());
  }
  EXPECT_THAT(list(true), HasSubstr(R"("foldable":true)"));
  EXPECT_THAT(replay(), StartsWith("2 dead letters, 2 of which this version can fold\n"));
  EXPECT_EQ(list(false), "no dead letters\n");
  EXPECT_THAT(printed([&] { return commands::audit(loaded_, false); }),
              AllOf(HasSubstr("applied: 2"), HasSubstr("holds: true")));
  EXPECT_THAT(printed([&] { return commands::rebuild(loaded_, true); }),
              StartsWith("state verified"));
}

}  // namespace
}  // namespace marquee::app
