#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/ids.h"

namespace marquee {

/// What a viewer did. The names on the wire are those of to_string(); the numbers are stored
/// (profile blobs): never renumber.
enum class EventType : std::uint8_t {
  kImpression = 0,
  kClick = 1,
  kView = 2,    ///< value: fraction watched, 0–1
  kRating = 3,  ///< value: stars, 0.5–5
  kLike = 4,
  kDislike = 5,
  kWatchlistAdd = 6,
  kWatchlistRemove = 7,
  kNotInterested = 8,
  kSearchClick = 9,
  kUndo = 10,  ///< takes back the event named by `undoes`
};

std::string_view to_string(EventType type);
std::optional<EventType> parse_event_type(std::string_view text);

/// What the door lets through; the value of a view is 0 to kViewMax.
inline constexpr double kRatingMin = 0.5;
inline constexpr double kRatingMax = 5.0;
inline constexpr double kViewMax = 1.0;
inline constexpr std::int32_t kPositionMax = 10'000;

/// One interaction of one viewer with one film, as it stands in the log. Plain value.
struct Event {
  EventId event_id;
  UserId user_id;
  MovieId movie_id;
  EventType type = EventType::kClick;
  std::optional<double> value;
  std::optional<SessionId> session_id;
  std::optional<ListId> list_id;         ///< the recommendation list it came from
  std::optional<std::int32_t> position;  ///< 1-based rank in that list
  std::optional<EventId> undoes;
  std::int64_t ts_ms = 0;           ///< when it happened, by the client's word
  std::int64_t accepted_at_ms = 0;  ///< when the log took it

  bool operator==(const Event&) const = default;
};

/// True when `event` shows that the viewer wants the film: the positives of implicit feedback.
/// A rating counts from 4 stars (Liang et al. 2018 keep ratings above 3.5), a view from half
/// watched.
bool is_positive(const Event& event);
bool is_positive(EventType type, std::optional<double> value);

/// True when `event` shows that the viewer does not want the film.
bool is_negative(EventType type, std::optional<double> value);

/// True when the viewer has met the film through an event of this type, so that recommending it
/// again would be no news. Impressions, undos and hiding are not meeting.
bool marks_as_seen(EventType type);

}  // namespace marquee
