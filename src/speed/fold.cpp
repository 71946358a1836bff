#include "speed/fold.h"

#include <algorithm>
#include <cmath>

#include "base/time_text.h"

namespace marquee::speed {
namespace {

bool is_watchlist(EventType type) {
  return type == EventType::kWatchlistAdd || type == EventType::kWatchlistRemove;
}

/// Drops what says nothing any more, so that a film whose every event was taken back leaves the
/// profile as if it had never been met.
void drop_if_empty(UserProfile& profile, MovieKey movie) {
  const auto at =
      std::lower_bound(profile.movies.begin(), profile.movies.end(), movie,
                       [](const MovieState& state, MovieKey key) { return state.movie < key; });
  if (at != profile.movies.end() && *at == MovieState{.movie = movie}) profile.movies.erase(at);
}

void add_to_film(UserProfile& profile, std::vector<CountDelta>& counts, MovieKey movie,
                 const Event& event) {
  MovieState& state = profile.state_of(movie);
  if (marks_as_seen(event.type)) ++state.seen;
  if (event.type == EventType::kNotInterested) ++state.hidden;
  if (is_watchlist(event.type)) state.watchlisted = event.type == EventType::kWatchlistAdd;
  if (is_positive(event) && ++state.positive == 1) {
    state.counted_day = utc_day(event.ts_ms);
    counts.push_back({movie, state.counted_day, 1});
  }
  drop_if_empty(profile, movie);
}

void remember(UserProfile& profile, MovieKey movie, const Event& event, std::uint64_t seq) {
  if (profile.recent.size() == UserProfile::kRecentMax) {
    profile.recent.erase(profile.recent.begin());
  }
  std::optional<float> value;
  if (event.value) value = static_cast<float>(*event.value);
  profile.recent.push_back({movie, event.type, value, event.ts_ms, seq});
}

bool watchlisted_without(const UserProfile& profile, MovieKey movie, EventType undone) {
  const auto latest = std::find_if(
      profile.recent.rbegin(), profile.recent.rend(), [movie](const Interaction& interaction) {
        return interaction.movie == movie && is_watchlist(interaction.type);
      });
  if (latest != profile.recent.rend()) return latest->type == EventType::kWatchlistAdd;
  return undone == EventType::kWatchlistRemove;
}

void take_back(UserProfile& profile, std::vector<CountDelta>& counts, MovieKey movie,
               const AppliedEvent& undone) {
  const Event& event = undone.event;
  std::erase_if(profile.recent, [&undone](const Interaction& interaction) {
    return interaction.seq == undone.seq;
  });
  MovieState& state = profile.state_of(movie);
  // the guards matter for a store whose rows and profiles disagree: never wrap below zero
  if (marks_as_seen(event.type) && state.seen > 0) --state.seen;
  if (event.type == EventType::kNotInterested && state.hidden > 0) --state.hidden;
  if (is_watchlist(event.type)) state.watchlisted = watchlisted_without(profile, movie, event.type);
  if (is_positive(event) && state.positive > 0 && --state.positive == 0) {
    counts.push_back({movie, state.counted_day, -1});
    state.counted_day = 0;
  }
  drop_if_empty(profile, movie);
}

void forget_films(UserProfile& profile) {
  profile.recent.clear();
  profile.movies.clear();
}

Error poison(const char* what) { return Error{ErrorCode::kInvalidArgument, what}; }

}  // namespace

Result<void> check_foldable(const Event& event) {
  if (!is_valid_id(event.user_id.value())) return poison("user_id is not an id");
  if (!is_valid_id(event.movie_id.value())) return poison("movie_id is not an id");
  if (static_cast<int>(event.type) > static_cast<int>(EventType::kUndo)) {
    return poison("event_type is unknown");
  }
  if (event.value && !std::isfinite(*event.value)) return poison("value is not finite");
  if (event.type == EventType::kRating && !event.value) return poison("a rating without value");
  if (event.type == EventType::kUndo && !event.undoes) return poison("an undo that names no event");
  return {};
}

FoldStep apply_event(UserProfile& profile, std::vector<CountDelta>& counts, const FoldItem& item,
                     const AppliedEvent* undone, MovieTable& movies) {
  const Event& event = item.event;
  const bool reserved = is_reserved(event.user_id);
  std::vector<CountDelta> uncounted;
  std::vector<CountDelta>& counted = reserved ? uncounted : counts;
  if (reserved) forget_films(profile);
  FoldStep step;
  step.row.event = event;
  step.row.seq = profile.history_size;
  step.row.offset = item.offset;
  step.row.fingerprint = item.fingerprint;
  ++profile.history_size;
  ++profile.version;
  if (item.offset) profile.last_offset = item.offset;

  if (event.type == EventType::kUndo) {
    if (undone != nullptr && !undone->undone && undone->event.type != EventType::kUndo) {
      step.undone_seq = undone->seq;
      if (undone->event.type != EventType::kImpression) {
        take_back(profile, counted, movies.intern(undone->event.movie_id), *undone);
      }
    }
  } else if (event.type != EventType::kImpression) {
    const MovieKey movie = movies.intern(event.movie_id);
    remember(profile, movie, event, step.row.seq);
    add_to_film(profile, counted, movie, event);
  }
  return step;
}

}  // namespace marquee::speed
