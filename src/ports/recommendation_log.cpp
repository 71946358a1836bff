#include "ports/recommendation_log.h"

namespace marquee {

bool counts_as_click(EventType type) {
  switch (type) {
    case EventType::kClick:
    case EventType::kSearchClick:
    case EventType::kView:
    case EventType::kRating:
    case EventType::kLike:
    case EventType::kWatchlistAdd:
      return true;
    default:
      return false;
  }
}

}  // namespace marquee
