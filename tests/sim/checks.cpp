#include "sim/checks.h"

#include <fmt/format.h>

#include "sim/story.h"

namespace marquee::sim {
namespace {

using testing::ReferenceFold;

std::uint64_t events_behind(const Cursor& cursor) {
  std::uint64_t sum = 0;
  for (const auto& [partition, next] : cursor.partitions()) sum += next;
  return sum;
}

void check_profile(const UserId& user, const UserProfile* profile,
                   const ReferenceFold::Viewer& viewer, const MovieTable& movies) {
  const std::string& who = user.value();
  if (profile == nullptr) {
    require(viewer.rows.empty(), who + ": events were applied, but there is no profile");
    return;
  }
  require(profile->history_size == viewer.rows.size(),
          fmt::format("{}: {} events in the profile, {} were applied", who, profile->history_size,
                      viewer.rows.size()));
  require(profile->version == viewer.rows.size(), who + ": another version than applied events");
  require(!viewer.rows.empty() && profile->last_offset == viewer.rows.back().offset,
          who + ": another last offset than that of the last event");
  std::vector<std::size_t> recent;
  for (const Interaction& interaction : profile->recent) recent.push_back(interaction.seq);
  require(recent == viewer.recent, who + ": other recent events");
  require(testing::films_of(*profile, movies) == viewer.films, who + ": other films");
}

void check_counts(const FoldedState& state, const ReferenceFold& reference,
                  const MovieTable& movies) {
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  state.read_counts([&](const MovieCounts& shown) {
    for (MovieKey key = 0; key < shown.size(); ++key) {
      for (const DayCount& day : shown.days_of(key)) {
        counts[{movies.id_of(key).value(), day.day}] = day.count;
      }
    }
  });
  require(counts == reference.counts(), "the films' counts differ");
}

void check_books(Life& life, const World& world) {
  const FoldTotals totals = life.fold().totals();
  require(totals == life.reference().totals(), "applied, deduplicated or dead_lettered differs");
  const std::uint64_t behind = events_behind(life.fold().state().applied());
  require(totals.applied + totals.deduplicated + totals.dead_lettered == behind,
          "accepted is not applied + deduplicated + dead_lettered + pending");
  require(behind <= events_behind(world.log.end()), "more was folded than the log holds");
}

}  // namespace

void require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

void check_cache(Life& life, const World& world) {
  const auto generation = life.service().generation();
  const auto version = generation ? std::optional(generation->model->version()) : std::nullopt;
  for (std::uint64_t i = 0; i < kViewers; ++i) {
    const UserId user = viewer_id(i);
    const auto kept = life.cache().find(user, version, 0);
    if (kept == nullptr) continue;
    const std::size_t version_shown = life.reference().viewer(user).rows.size();
    require(kept->profile_version == version_shown,
            fmt::format("{}: L1 keeps a list of version {}, the viewer is at {}", user.value(),
                        kept->profile_version, version_shown));
    const Expected expected = expected_of(life.reference(), user);
    for (const Candidate& film : kept->items) {
      require(!expected.met.contains(world.movies.id_of(film.movie).value()),
              user.value() + ": L1 keeps a list with a film the viewer has met");
    }
  }
}

void check_shown(Life& life, const World& world) {
  const FoldedState& state = life.fold().state();
  for (std::uint64_t i = 0; i < kViewers; ++i) {
    const UserId user = viewer_id(i);
    check_profile(user, state.find(user).get(), life.reference().viewer(user), world.movies);
  }
  check_counts(state, life.reference(), world.movies);
  check_books(life, world);
  check_cache(life, world);
}

void check_stored(Life& life, const World& world) {
  const testing::FakeProfileStore& store = world.store.real();
  const auto at = store.totals();
  require(
      at.ok() && at->cursor == life.fold().state().applied() && at->totals == life.fold().totals(),
      "the store is somewhere else than what is shown");
  for (std::uint64_t i = 0; i < kViewers; ++i) {
    const UserId user = viewer_id(i);
    const auto page = store.history(user, std::nullopt, 100'000);
    const auto& rows = life.reference().viewer(user).rows;
    require(page.ok() && page->events.size() == rows.size(),
            user.value() + ": the history has another length");
    for (const AppliedEvent& row : page->events) {
      require(row.event == rows[row.seq].event && row.undone == rows[row.seq].undone &&
                  row.offset == rows[row.seq].offset,
              user.value() + ": the history has other events");
    }
  }
}

void check_exactly_once(const Written& written, const testing::FakeProfileStore& store) {
  std::map<std::pair<UserId, EventId>, const LogRecord*> first;
  for (const auto& [offset, record] : written) {
    const auto key = std::pair(record.event.user_id, record.event.event_id);
    if (!is_poison(record.event)) first.try_emplace(key, &record);
  }
  const auto applied = store.applied_events();
  require(applied.size() == first.size(),
          fmt::format("{} events were applied, {} were to be", applied.size(), first.size()));
  for (const AppliedEvent& row : applied) {
    const auto found = first.find({row.event.user_id, row.event.event_id});
    require(found != first.end(), "an event was applied that nobody sent, or twice");
    require(row.event == found->second->event, "not the event that came first was applied");
    first.erase(found);
  }
}

Expected expected_of(const ReferenceFold& reference, const UserId& user) {
  const ReferenceFold::Viewer& viewer = reference.viewer(user);
  Expected expected;
  for (const auto& [film, state] : viewer.films) {
    if (state.seen > 0 || state.hidden > 0) expected.met.insert(film);
  }
  if (!viewer.rows.empty()) expected.offset = viewer.rows.back().offset;
  return expected;
}

void check_list(const RecommendationList& list, const Expected& expected,
                const std::set<std::string>& withdrawn, const Life& life, const World& world) {
  const std::string& who = list.user_id.value();
  require(list.offset == expected.offset, who + ": the list names another offset");
  require(!list.offset || life.reference().viewer(list.user_id).rows.size() > 0,
          who + ": the list names an offset without events");
  std::set<std::string> films;
  for (const Recommendation& item : list.items) {
    const std::string& film = world.movies.id_of(item.movie).value();
    require(films.insert(film).second, who + ": " + film + " is in the list twice");
    require(!expected.met.contains(film), who + ": " + film + " was met and is recommended");
    require(!withdrawn.contains(film), who + ": " + film + " is withdrawn and is recommended");
    require(item.score >= 0 && item.score <= 1, who + ": a score outside of 0 to 1");
  }
}

}  // namespace marquee::sim
