// Goal: training sees imported history and the log, each event once.

#include "batch/training_input.h"

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"
#include "batch/import_history.h"
#include "batch/partitioned_fixture.h"

namespace marquee::batch {
namespace {

Result<void> import(ObjectStore& objects, const std::vector<Event>& events) {
  const auto written = write_history(
      [&](const std::function<Result<void>(Event)>& take) -> Result<void> {
        for (const Event& event : events) MARQUEE_CHECK(take(event));
        return {};
      },
      objects);
  if (!written.ok()) return written.error();
  return {};
}

void append(EventLog& log, const Event& event) {
  log.append({PendingEvent{event, 1}}, [](const auto& outcome) { ASSERT_TRUE(outcome.ok()); });
}

TEST(TrainingInput, JoinsHistoryAndLog) {
  World world;
  ASSERT_TRUE(import(world.objects, {taste_rating(1, 1), taste_rating(2, 2)}).ok());
  marquee::testing::FakeEventLog log(world.clock);
  append(log, taste_rating(1, 3));
  const auto input = collect_training_input(world.objects, &log, log.end());
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->history_events, 2U);
  EXPECT_EQ(input->log_events, 1U);
  EXPECT_EQ(input->matrix.by_user.columns.size(), 3U);
  EXPECT_EQ(input->log_end, log.end());
}

TEST(TrainingInput, AnUndoInTheLogTakesBackTheEvent) {
  World world;
  ASSERT_TRUE(import(world.objects, {taste_rating(1, 1)}).ok());
  marquee::testing::FakeEventLog log(world.clock);
  const Event rated = taste_rating(1, 3);
  append(log, rated);
  Event undo = rated;
  undo.event_id = Uuid::v7(2'000);
  undo.type = EventType::kUndo;
  undo.value = std::nullopt;
  undo.undoes = rated.event_id;
  append(log, undo);
  const auto input = collect_training_input(world.objects, &log, log.end());
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->matrix.by_user.columns.size(), 1U);
}

TEST(TrainingInput, EndsWhereTheRunEnds) {
  World world;
  marquee::testing::FakeEventLog log(world.clock);
  for (int film = 0; film < 10; ++film) append(log, taste_rating(1, film));
  Cursor end;
  end.set_next(Offset::kEmbedded, 4);
  const auto input = collect_training_input(world.objects, &log, end);
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->log_events, 4U);
  EXPECT_EQ(input->log_end, end);
  EXPECT_EQ(input->matrix.by_user.columns.size(), 4U);
}

TEST(TrainingInput, ALogThatIsShorterThanTheRunSawIsDamage) {
  World world;
  marquee::testing::FakeEventLog log(world.clock);
  append(log, taste_rating(1, 1));
  Cursor end;
  end.set_next(Offset::kEmbedded, 4);
  const auto input = collect_training_input(world.objects, &log, end);
  ASSERT_FALSE(input.ok());
  EXPECT_EQ(input.error().code, ErrorCode::kDataLoss);
}

TEST(TrainingInput, WithoutPositivesThereIsNothingToTrainOn) {
  World world;
  const auto input = collect_training_input(world.objects, nullptr, {});
  ASSERT_FALSE(input.ok());
  EXPECT_EQ(input.error().code, ErrorCode::kFailedPrecondition);
}

TEST(TrainingInput, LeavesReservedViewersOut) {
  World world;
  Event imported = taste_rating(2, 2);
  imported.user_id = UserId("marquee:old");
  ASSERT_TRUE(import(world.objects, {taste_rating(1, 1), imported}).ok());
  marquee::testing::FakeEventLog log(world.clock);
  Event canary = taste_rating(1, 3);
  canary.user_id = UserId("marquee:canary");
  append(log, canary);
  const auto input = collect_training_input(world.objects, &log, log.end());
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->history_events, 1U);
  EXPECT_EQ(input->log_events, 0U);
  EXPECT_EQ(input->matrix.user_ids, std::vector<std::string>{"u001"});
  EXPECT_EQ(input->log_end, log.end());
}

TEST(TrainingInput, OfSeveralPartitionsEndsInEachWhereTheRunEnds) {
  PartitionedWorld world(3);
  for (int i = 0; i < 5'000; ++i) world.accept(0, i);  // more than one read, behind the run's end
  for (int i = 0; i < 4; ++i) world.accept(1, i);
  world.poison(1);
  world.accept(2, 0);
  Cursor end;
  end.set_next(0, 2);
  end.set_next(1, 5);
  const auto input = collect_training_input(world.world.objects, &world.log, end);
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->log_events, 6U);
  EXPECT_EQ(input->log_end, end);
  EXPECT_EQ(input->matrix.user_ids.size(), 2U);
}

TEST(TrainingInput, PassesGapsThatEndAPartition) {
  PartitionedWorld world(2);
  world.accept(1, 0);
  world.log.push_gap(1);
  world.log.push_gap(0);
  const auto input = collect_training_input(world.world.objects, &world.log, world.log.end());
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input->log_end, world.log.end());
}

}  // namespace
}  // namespace marquee::batch
