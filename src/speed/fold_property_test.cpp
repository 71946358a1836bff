#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "speed/fold_batch.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"
#include "testing/random_events.h"
#include "testing/reference_fold.h"

// Random streams with repeats, conflicts, undos of everything and poison, folded in random batches
// with restarts between them, against a reference that recomputes each viewer from the whole story.
namespace marquee::speed {
namespace {

using testing::FakeEventLog;
using testing::FakeProfileStore;
using testing::ReferenceFold;

/// Folds `log` into `store` in random batches; forgets all memory between some of them.
void fold_in_pieces(FakeEventLog& log, FakeProfileStore& store, MovieTable& movies, Rng& rng) {
  std::map<UserId, std::shared_ptr<const UserProfile>> memory;
  FoldBase base;
  base.profile = [&](const UserId& user) {
    const auto found = memory.find(user);
    return found == memory.end() ? nullptr : found->second;
  };
  base.event = [&](const UserId& user, const EventId& id) { return store.find_event(user, id); };
  for (;;) {
    const LogBatch read = *log.read(base.cursor, 1 + rng.below(40), std::chrono::milliseconds(0));
    if (read.records.empty()) return;
    std::vector<FoldItem> items;
    for (const LogRecord& record : read.records) {
      items.push_back({record.event, record.offset, record.fingerprint});
    }
    const Result<FoldBatch> batch = fold_batch(items, base, read.next, movies, 0);
    RC_ASSERT(batch.ok());
    const bool crash_before = rng.below(5) == 0;
    if (!crash_before) RC_ASSERT(store.apply(*batch).ok());
    if (!crash_before && rng.below(5) != 0) {
      for (const auto& [user, profile] : batch->profiles) memory[user] = profile;
      base.cursor = batch->after;
      base.totals = batch->totals;
      continue;
    }
    memory.clear();  // a crash: only what is stored remains
    const Result<FoldedTotals> stored = store.load(
        [&](const UserId& user, UserProfile profile) {
          memory[user] = std::make_shared<const UserProfile>(std::move(profile));
        },
        [](const CountDelta&) {});
    base.cursor = stored->cursor;
    base.totals = stored->totals;
  }
}

// ---- comparison ------------------------------------------------------------------------------

void expect_like(const ReferenceFold& reference, const FakeProfileStore& store,
                 const MovieTable& movies) {
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  std::size_t viewers = 0;
  const auto check_profile = [&](const UserId& user, const UserProfile& profile) {
    ++viewers;
    const ReferenceFold::Viewer& viewer = reference.viewer(user);
    RC_ASSERT(profile.history_size == viewer.rows.size());
    RC_ASSERT(profile.version == viewer.rows.size());
    std::vector<std::size_t> recent;
    for (const Interaction& interaction : profile.recent) recent.push_back(interaction.seq);
    RC_ASSERT(recent == viewer.recent);
    RC_ASSERT(testing::films_of(profile, movies) == viewer.films);
    const HistoryPage page = *store.history(user, std::nullopt, 100'000);
    RC_ASSERT(page.events.size() == viewer.rows.size());
    for (const AppliedEvent& row : page.events) {
      RC_ASSERT(row.undone == viewer.rows[row.seq].undone);
      RC_ASSERT(row.event == viewer.rows[row.seq].event);
    }
  };
  const Result<FoldedTotals> at = store.load(check_profile, [&](const CountDelta& count) {
    if (count.delta != 0) counts[{movies.id_of(count.movie).value(), count.day}] = count.delta;
  });
  RC_ASSERT(at.ok());
  RC_ASSERT(at->totals == reference.totals());
  RC_ASSERT(counts == reference.counts());
  RC_ASSERT(viewers == reference.viewers().size());
}

void check_stream(std::uint64_t seed, std::size_t events, std::size_t viewers) {
  Rng rng(seed);
  testing::ManualClock clock;
  FakeEventLog log(clock);
  testing::fill_log(log, rng, events, viewers);
  ReferenceFold reference([](const Event& event) { return !check_foldable(event).ok(); });
  for (const LogRecord& record : log.records()) reference.add(record);

  FakeProfileStore live;
  MovieTable live_movies;
  fold_in_pieces(log, live, live_movies, rng);
  expect_like(reference, live, live_movies);

  FakeProfileStore rebuilt;
  MovieTable rebuilt_movies;
  rebuilt_movies.intern(MovieId("m7"));  // other keys must not matter
  const Result<FoldTotals> totals = fold_from_zero({}, &log, std::nullopt, rebuilt, rebuilt_movies);
  RC_ASSERT(totals.ok());
  RC_ASSERT(*totals == reference.totals());
  RC_ASSERT(hash_state(live, live_movies)->hex == hash_state(rebuilt, rebuilt_movies)->hex);
  RC_ASSERT(hash_state(live, live_movies)->at.cursor.next(Offset::kEmbedded) ==
            log.records().size());
}

RC_GTEST_PROP(Fold, EqualsTheReferenceForAnyBatchingAndAnyCrash, ()) {
  check_stream(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(0, 200),
               *rc::gen::inRange<std::size_t>(1, 5));
}

TEST(Fold, EqualsTheReferenceForALongHistoryOfOneViewer) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_NO_THROW(check_stream(seed, 900, 1)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace marquee::speed
