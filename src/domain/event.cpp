#include "domain/event.h"

#include <array>
#include <utility>

namespace marquee {
namespace {

constexpr std::array<std::pair<EventType, std::string_view>, 11> kNames{{
    {EventType::kImpression, "impression"},
    {EventType::kClick, "click"},
    {EventType::kView, "view"},
    {EventType::kRating, "rating"},
    {EventType::kLike, "like"},
    {EventType::kDislike, "dislike"},
    {EventType::kWatchlistAdd, "watchlist_add"},
    {EventType::kWatchlistRemove, "watchlist_remove"},
    {EventType::kNotInterested, "not_interested"},
    {EventType::kSearchClick, "search_click"},
    {EventType::kUndo, "undo"},
}};

constexpr double kPositiveRatingMin = 4.0;
constexpr double kNegativeRatingMax = 2.0;
constexpr double kPositiveViewMin = 0.5;

}  // namespace

std::string_view to_string(EventType type) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == type) return name;
  }
  return "unknown";
}

std::optional<EventType> parse_event_type(std::string_view text) {
  for (const auto& [type, name] : kNames) {
    if (name == text) return type;
  }
  return std::nullopt;
}

bool is_positive(EventType type, std::optional<double> value) {
  switch (type) {
    case EventType::kRating:
      return value.value_or(0.0) >= kPositiveRatingMin;
    case EventType::kView:
      return value.value_or(1.0) >= kPositiveViewMin;
    case EventType::kClick:
    case EventType::kLike:
    case EventType::kWatchlistAdd:
    case EventType::kSearchClick:
      return true;
    default:
      return false;
  }
}

bool is_positive(const Event& event) { return is_positive(event.type, event.value); }

bool is_negative(EventType type, std::optional<double> value) {
  switch (type) {
    case EventType::kRating:
      return value.value_or(5.0) <= kNegativeRatingMax;
    case EventType::kDislike:
    case EventType::kNotInterested:
      return true;
    default:
      return false;
  }
}

bool marks_as_seen(EventType type) {
  switch (type) {
    case EventType::kClick:
    case EventType::kView:
    case EventType::kRating:
    case EventType::kLike:
    case EventType::kDislike:
    case EventType::kWatchlistAdd:
    case EventType::kSearchClick:
      return true;
    default:
      return false;
  }
}

}  // namespace marquee
