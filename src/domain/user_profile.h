#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/event.h"
#include "domain/movie_table.h"
#include "domain/offset.h"

namespace marquee {

/// One event as the fold keeps it for serving.
struct Interaction {
  MovieKey movie = 0;
  EventType type = EventType::kClick;
  std::optional<float> value;
  std::int64_t ts_ms = 0;
  std::uint64_t seq = 0;  ///< its place in the viewer's history, 0 for the first

  bool operator==(const Interaction&) const = default;
};

/// What one viewer's events say about one film. Counts, so that an undo can be subtracted.
struct MovieState {
  MovieKey movie = 0;
  std::uint32_t seen = 0;      ///< standing events for which marks_as_seen()
  std::uint32_t positive = 0;  ///< standing events for which is_positive()
  std::uint32_t hidden = 0;    ///< standing not_interested events
  bool watchlisted = false;
  std::int32_t counted_day =
      0;  ///< the day under which this viewer counts for the film; when positive > 0

  bool operator==(const MovieState&) const = default;
};

/// Everything the fold knows of one viewer: only what events say, no model output, no wall clock.
/// Plain value; a published profile is immutable and shared.
struct UserProfile {
  static constexpr std::size_t kRecentMax = 200;

  std::vector<Interaction>
      recent;  ///< standing interactions but impressions, oldest first, at most kRecentMax
  std::vector<MovieState> movies;  ///< sorted by movie key
  std::uint64_t version = 0;       ///< grows by one with every applied event
  std::uint64_t history_size = 0;  ///< applied events, imported history included
  std::optional<Offset>
      last_offset;  ///< of the last applied event; none while only history was folded

  const MovieState* find(MovieKey movie) const;
  MovieState& state_of(MovieKey movie);
  bool operator==(const UserProfile&) const = default;
};

}  // namespace marquee
