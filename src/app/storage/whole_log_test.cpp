// Goal: archive and log folded from zero are the state that the log alone gives, over several
// partitions too, whatever is archived and whatever has left the log since.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "batch/archive_stage.h"
#include "batch/archived_log.h"
#include "batch/batch_fixture.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"
#include "testing/fake_partitioned_log.h"
#include "testing/fake_profile_store.h"

namespace marquee::app {
namespace {

using testing::EventBuilder;
using testing::FakePartitionedLog;
using testing::FakeProfileStore;

constexpr std::int32_t kPartitions = 4;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int32_t kFirstDay = 20'089;  // of kTestEpochMs

/// Repeats, undos, foreign messages, events that cannot be folded, gaps; a step an hour, by clocks
/// minutes apart.
void fill(FakePartitionedLog& log, int records) {
  for (int i = 0; i < records; ++i) {
    const std::string user(static_cast<std::size_t>(*rc::gen::inRange(1, 9)), 'u');
    const std::string film = "m" + std::to_string(*rc::gen::inRange(0, 5));
    const auto id = static_cast<std::uint64_t>(*rc::gen::inRange(0, 40));
    const std::int64_t when = i * kHour + *rc::gen::inRange(-5, 5) * 60'000;
    EventBuilder event(user, film, EventType::kLike);
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        event = EventBuilder(user, film, EventType::kUndo).undoes(id / 2);
        break;
      case 1:
        event = EventBuilder(user, film, EventType::kRating).value(4.5);
        break;
      case 2:
        event = EventBuilder(user, film, EventType::kRating);
        break;  // without stars: the fold buries it
      case 3:
        log.push_gap(*rc::gen::inRange(0, kPartitions));
        break;
      default:
        break;
    }
    event.id(id).at(when);
    const std::string poison = *rc::gen::inRange(0, 5) == 0 ? "not JSON" : "";
    log.push(event.build(), event.fingerprint(), poison);
  }
}

struct Folded {
  std::string hash;
  FoldedTotals at;
  std::vector<Offset> dead;
};

Folded fold(EventLog& log) {
  FakeProfileStore store;
  MovieTable movies;
  const auto totals = speed::fold_from_zero({}, &log, std::nullopt, store, movies);
  EXPECT_TRUE(totals.ok()) << totals.error().message;
  Folded folded{speed::hash_state(store, movies)->hex, *store.totals(), {}};
  const auto letters = store.dead_letters(1'000);
  for (const DeadLetter& letter : *letters) folded.dead.push_back(letter.offset);
  return folded;
}

RC_GTEST_PROP(WholeLog, FoldsToTheStateOfTheLogAlone, ()) {
  FakePartitionedLog log(kPartitions);
  batch::World world;
  fill(log, *rc::gen::inRange(0, 120));
  const Folded wanted = fold(log);
  formats::RunRecord run = batch::small_run();
  run.log_end = log.end();
  run.archive_until_day = kFirstDay + *rc::gen::inRange(0, 6);
  RC_ASSERT(batch::archive_stage(run, log, world.objects).ok());
  Cursor removed;
  const Cursor archived = batch::load_archive_index(world.objects)->end();
  for (const auto& [partition, next] : archived.partitions()) {
    removed.set_next(partition, static_cast<std::uint64_t>(*rc::gen::inRange<std::int64_t>(
                                    0, static_cast<std::int64_t>(next) + 1)));
  }
  log.remove_before(removed);
  const auto whole =
      batch::ArchivedLog::open(world.objects, &log, batch::ArchivedLog::Prefer::kLog);
  RC_ASSERT(whole.ok());
  const Folded folded = fold(**whole);
  RC_ASSERT(folded.hash == wanted.hash);
  RC_ASSERT(folded.at.cursor == wanted.at.cursor);
  RC_ASSERT(folded.at.totals == wanted.at.totals);
  RC_ASSERT(folded.dead == wanted.dead);
}

}  // namespace
}  // namespace marquee::app
