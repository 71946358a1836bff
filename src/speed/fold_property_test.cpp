#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "base/time_text.h"
#include "speed/fold_batch.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

// Random streams with repeats, conflicts, undos of everything and poison, folded in random batches
// with restarts between them, against a reference that recomputes each viewer from the whole story.
namespace marquee::speed {
namespace {

using testing::FakeEventLog;
using testing::FakeProfileStore;

// ---- the slow, obvious reference -------------------------------------------------------------

struct ReferenceRow {
  Event event;
  std::uint64_t fingerprint = 0;
  bool undone = false;
};

struct ReferenceFilm {
  std::uint32_t seen = 0, positive = 0, hidden = 0;
  bool watchlisted = false;
  std::int32_t counted_day = 0;
  bool operator==(const ReferenceFilm&) const = default;
};

struct ReferenceViewer {
  std::vector<ReferenceRow> rows;
  std::vector<std::size_t> recent;
  std::map<std::string, ReferenceFilm> films;
};

struct Reference {
  std::map<std::string, ReferenceViewer> viewers;
  FoldTotals totals;

  void add(const LogRecord& record) {
    const Event& event = record.event;
    if (!check_foldable(event).ok()) {
      ++totals.dead_lettered;
      return;
    }
    ReferenceViewer& viewer = viewers[event.user_id.value()];
    if (find(viewer, event.event_id) != nullptr) {
      ++totals.deduplicated;
      return;
    }
    ++totals.applied;
    viewer.rows.push_back({event, record.fingerprint, false});
    if (event.type == EventType::kUndo) {
      ReferenceRow* target = find(viewer, *event.undoes);
      if (target == nullptr || target->undone || target->event.type == EventType::kUndo) return;
      target->undone = true;
      std::erase(viewer.recent, static_cast<std::size_t>(target - viewer.rows.data()));
      recount(viewer, target->event.movie_id.value(), target->event.type);
    } else if (event.type != EventType::kImpression) {
      viewer.recent.push_back(viewer.rows.size() - 1);
      if (viewer.recent.size() > UserProfile::kRecentMax) {
        viewer.recent.erase(viewer.recent.begin());
      }
      recount(viewer, event.movie_id.value(), EventType::kWatchlistAdd);
    }
  }

 private:
  static ReferenceRow* find(ReferenceViewer& viewer, const EventId& id) {
    for (ReferenceRow& row : viewer.rows) {
      if (row.event.event_id == id) return &row;
    }
    return nullptr;
  }

  /// Counts the film's standing rows anew; only the day and the watch list need the past.
  static void recount(ReferenceViewer& viewer, const std::string& movie, EventType undone) {
    const ReferenceFilm before = viewer.films[movie];
    ReferenceFilm now;
    const Event* last_added = nullptr;
    for (const ReferenceRow& row : viewer.rows) {
      if (row.undone || row.event.movie_id.value() != movie) continue;
      if (row.event.type == EventType::kUndo || row.event.type == EventType::kImpression) continue;
      now.seen += marks_as_seen(row.event.type);
      now.positive += is_positive(row.event);
      now.hidden += row.event.type == EventType::kNotInterested;
      last_added = &row.event;
    }
    if (now.positive > 0) {
      now.counted_day = before.positive > 0 ? before.counted_day : utc_day(last_added->ts_ms);
    }
    now.watchlisted = watchlisted(viewer, movie, before.watchlisted, undone);
    viewer.films[movie] = now;
    if (now == ReferenceFilm{}) viewer.films.erase(movie);
  }

  static bool watchlisted(const ReferenceViewer& viewer, const std::string& movie, bool before,
                          EventType undone) {
    const bool undid = viewer.rows.back().event.type == EventType::kUndo;
    const EventType cause = undid ? undone : viewer.rows.back().event.type;
    if (cause != EventType::kWatchlistAdd && cause != EventType::kWatchlistRemove) return before;
    if (!undid) return cause == EventType::kWatchlistAdd;
    for (auto at = viewer.recent.rbegin(); at != viewer.recent.rend(); ++at) {
      const Event& event = viewer.rows[*at].event;
      if (event.movie_id.value() != movie) continue;
      if (event.type == EventType::kWatchlistAdd) return true;
      if (event.type == EventType::kWatchlistRemove) return false;
    }
    return cause == EventType::kWatchlistRemove;
  }
};

// ---- random streams --------------------------------------------------------------------------

Event random_event(Rng& rng, std::uint64_t number, std::size_t viewers) {
  Event event;
  event.user_id = UserId("u" + std::to_string(rng.below(viewers)));
  event.movie_id = MovieId("m" + std::to_string(rng.below(8)));
  event.event_id = testing::test_event_id(number);
  event.ts_ms = testing::kTestEpochMs + static_cast<std::int64_t>(rng.below(5)) * 86'400'000;
  event.accepted_at_ms = event.ts_ms;
  event.type = static_cast<EventType>(rng.below(11));
  if (event.type == EventType::kRating)
    event.value = 0.5 + 0.5 * static_cast<double>(rng.below(10));
  if (event.type == EventType::kView && rng.below(2) == 0) event.value = rng.uniform();
  if (rng.below(4) == 0) event.type = EventType::kUndo;
  if (event.type == EventType::kUndo) {
    event.value.reset();
    event.undoes = testing::test_event_id(rng.below(number + 2));
  }
  return event;
}

void fill(FakeEventLog& log, Rng& rng, std::size_t events, std::size_t viewers) {
  std::vector<LogRecord> sent;
  for (std::uint64_t number = 0; number < events; ++number) {
    if (!sent.empty() && rng.below(6) == 0) {  // a repeat, now and then with other fields
      LogRecord again = sent[rng.below(sent.size())];
      if (rng.below(3) == 0) {
        again.event.movie_id = MovieId("other");
        again.fingerprint += 1;
      }
      log.push_unchecked(again.event, again.fingerprint);
      continue;
    }
    Event event = random_event(rng, number, viewers);
    if (rng.below(40) == 0) event.movie_id = MovieId("not an id");
    log.push_unchecked(event, number);
    sent.push_back({{}, event, number});
  }
}

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

void expect_like(const Reference& reference, const FakeProfileStore& store,
                 const MovieTable& movies) {
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> expected_counts;
  std::size_t viewers = 0;
  const auto check_profile = [&](const UserId& user, const UserProfile& profile) {
    ++viewers;
    const ReferenceViewer& viewer = reference.viewers.at(user.value());
    RC_ASSERT(profile.history_size == viewer.rows.size());
    RC_ASSERT(profile.version == viewer.rows.size());
    std::vector<std::size_t> recent;
    for (const Interaction& interaction : profile.recent) recent.push_back(interaction.seq);
    RC_ASSERT(recent == viewer.recent);
    std::map<std::string, ReferenceFilm> films;
    for (const MovieState& film : profile.movies) {
      films[movies.id_of(film.movie).value()] = {film.seen, film.positive, film.hidden,
                                                 film.watchlisted, film.counted_day};
    }
    RC_ASSERT(films == viewer.films);
    for (const auto& [movie, film] : viewer.films) {
      if (film.positive > 0) ++expected_counts[{movie, film.counted_day}];
    }
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
  RC_ASSERT(at->totals == reference.totals);
  RC_ASSERT(counts == expected_counts);
  const auto is_empty = [](const auto& entry) { return entry.second.rows.empty(); };
  RC_ASSERT(viewers + static_cast<std::size_t>(std::count_if(reference.viewers.begin(),
                                                             reference.viewers.end(), is_empty)) ==
            reference.viewers.size());
}

void check_stream(std::uint64_t seed, std::size_t events, std::size_t viewers) {
  Rng rng(seed);
  testing::ManualClock clock;
  FakeEventLog log(clock);
  fill(log, rng, events, viewers);
  Reference reference;
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
  RC_ASSERT(*totals == reference.totals);
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
