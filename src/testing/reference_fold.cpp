#include "testing/reference_fold.h"

#include <algorithm>

#include "base/time_text.h"

namespace marquee::testing {
namespace {

using Film = ReferenceFold::Film;
using Row = ReferenceFold::Row;
using Viewer = ReferenceFold::Viewer;

bool is_watchlist(EventType type) {
  return type == EventType::kWatchlistAdd || type == EventType::kWatchlistRemove;
}

Row* find(Viewer& viewer, const EventId& id) {
  const auto found = std::find_if(viewer.rows.begin(), viewer.rows.end(),
                                  [&id](const Row& row) { return row.event.event_id == id; });
  return found == viewer.rows.end() ? nullptr : &*found;
}

/// `cause` is the event that was just added, or the one that was just taken back.
bool watchlisted(const Viewer& viewer, const std::string& movie, bool before, EventType cause) {
  if (!is_watchlist(cause)) return before;
  if (viewer.rows.back().event.type != EventType::kUndo) return cause == EventType::kWatchlistAdd;
  for (auto at = viewer.recent.rbegin(); at != viewer.recent.rend(); ++at) {
    const Event& event = viewer.rows[*at].event;
    if (event.movie_id.value() == movie && is_watchlist(event.type)) {
      return event.type == EventType::kWatchlistAdd;
    }
  }
  return cause == EventType::kWatchlistRemove;
}

/// Counts the film's standing rows anew; only the day and the watch list need the past.
void recount(Viewer& viewer, const std::string& movie, EventType cause) {
  const Film before = viewer.films[movie];
  Film now;
  const Event* last = nullptr;
  for (const Row& row : viewer.rows) {
    const Event& event = row.event;
    if (row.undone || event.movie_id.value() != movie) continue;
    if (event.type == EventType::kUndo || event.type == EventType::kImpression) continue;
    now.seen += marks_as_seen(event.type) ? 1 : 0;
    now.positive += is_positive(event) ? 1 : 0;
    now.hidden += event.type == EventType::kNotInterested ? 1 : 0;
    last = &event;
  }
  if (now.positive > 0) {
    now.counted_day = before.positive > 0 ? before.counted_day : utc_day(last->ts_ms);
  }
  now.watchlisted = watchlisted(viewer, movie, before.watchlisted, cause);
  viewer.films[movie] = now;
  if (now == Film{}) viewer.films.erase(movie);
}

}  // namespace

void ReferenceFold::add(const LogRecord& record) {
  const Event& event = record.event;
  if (is_poison_(event)) {
    ++totals_.dead_lettered;
    return;
  }
  Viewer& viewer = viewers_[event.user_id.value()];
  if (find(viewer, event.event_id) != nullptr) {
    ++totals_.deduplicated;
    return;
  }
  ++totals_.applied;
  viewer.rows.push_back({event, record.offset, false});
  if (event.type == EventType::kUndo) {
    Row* target = find(viewer, *event.undoes);
    if (target == nullptr || target->undone || target->event.type == EventType::kUndo) return;
    target->undone = true;
    std::erase(viewer.recent, static_cast<std::size_t>(target - viewer.rows.data()));
    recount(viewer, target->event.movie_id.value(), target->event.type);
  } else if (event.type != EventType::kImpression) {
    viewer.recent.push_back(viewer.rows.size() - 1);
    if (viewer.recent.size() > UserProfile::kRecentMax) viewer.recent.erase(viewer.recent.begin());
    recount(viewer, event.movie_id.value(), event.type);
  }
}

const ReferenceFold::Viewer& ReferenceFold::viewer(const UserId& user) const {
  static const Viewer kNobody;
  const auto found = viewers_.find(user.value());
  return found == viewers_.end() ? kNobody : found->second;
}

std::map<std::pair<std::string, std::int32_t>, std::int32_t> ReferenceFold::counts() const {
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  for (const auto& [user, viewer] : viewers_) {
    for (const auto& [movie, film] : viewer.films) {
      if (film.positive > 0) ++counts[{movie, film.counted_day}];
    }
  }
  return counts;
}

std::map<std::string, Film> films_of(const UserProfile& profile, const MovieTable& movies) {
  std::map<std::string, Film> films;
  for (const MovieState& film : profile.movies) {
    films[movies.id_of(film.movie).value()] = {film.seen, film.positive, film.hidden,
                                               film.watchlisted, film.counted_day};
  }
  return films;
}

}  // namespace marquee::testing
