#include "ranking/reason.h"

namespace marquee::ranking {

std::string reason_from_event(EventType type, std::string_view title) {
  std::string_view verb = "liked";
  switch (type) {
    case EventType::kView:
      verb = "watched";
      break;
    case EventType::kWatchlistAdd:
      verb = "saved";
      break;
    case EventType::kClick:
    case EventType::kSearchClick:
      verb = "looked at";
      break;
    default:
      break;
  }
  return "Because you " + std::string(verb) + " " + std::string(title);
}

std::string reason_from_source(Source source) {
  switch (source) {
    case Source::kPopular:
      return "Popular with many viewers";
    default:
      return "Viewers with a taste like yours liked it";
  }
}

std::string reason_of_new_film() { return "New here, and like what you watch"; }

std::string reason_of_described_taste() { return "Like what you chose"; }

}  // namespace marquee::ranking
