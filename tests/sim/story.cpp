#include "sim/story.h"

#include <fmt/format.h>

namespace marquee::sim {
namespace {

constexpr int kTypes = 11;
constexpr std::int64_t kDayMs = 86'400'000;

}  // namespace

UserId viewer_id(std::uint64_t number) { return UserId("u" + std::to_string(number)); }
MovieId film_id(std::uint64_t number) { return MovieId(fmt::format("f{:02}", number)); }

bool is_poison(const Event& event) {
  return event.movie_id.value() == "no id" || (event.type == EventType::kRating && !event.value) ||
         (event.type == EventType::kUndo && !event.undoes);
}

PendingEvent Story::next(std::int64_t now_ms, bool door) {
  if (!told_.empty() && rng_.below(6) == 0) {
    PendingEvent again = told_[rng_.below(told_.size())];
    if (rng_.below(3) == 0) {  // another event under a known id
      again.event.movie_id = film_id(rng_.below(kFilms));
      again.event.ts_ms += 1;
      again.fingerprint = rng_.next();
    }
    return again;
  }
  PendingEvent pending = fresh(now_ms);
  if (!door && rng_.below(25) == 0) pending = poison(std::move(pending));
  told_.push_back(pending);
  return pending;
}

/// Two draws, one after the other: the order of arguments is the compiler's choice.
EventId Story::fresh_id(std::int64_t now_ms) {
  const std::uint64_t high = rng_.next();
  return Uuid::v7_from(now_ms, high, rng_.next());
}

PendingEvent Story::fresh(std::int64_t now_ms) {
  PendingEvent pending{{}, rng_.next()};
  Event& event = pending.event;
  event.event_id = fresh_id(now_ms);
  event.user_id = viewer_id(rng_.below(kViewers));
  event.movie_id = film_id(rng_.below(kFilms));
  event.type = static_cast<EventType>(rng_.below(kTypes));
  event.ts_ms = now_ms - static_cast<std::int64_t>(rng_.below(3)) * kDayMs;
  if (rng_.below(5) == 0) event.type = EventType::kUndo;
  if (event.type == EventType::kRating) {
    event.value = 0.5 + 0.5 * static_cast<double>(rng_.below(10));
  }
  if (event.type == EventType::kView && rng_.below(2) == 0) event.value = rng_.uniform();
  if (event.type == EventType::kUndo) {
    const bool is_known = !told_.empty() && rng_.below(8) != 0;
    const Event& other = is_known ? told_[rng_.below(told_.size())].event : event;
    event.undoes = is_known ? other.event_id : fresh_id(now_ms);
    if (is_known) event.user_id = other.user_id;
  }
  return pending;
}

PendingEvent Story::poison(PendingEvent pending) {
  Event& event = pending.event;
  switch (rng_.below(3)) {
    case 0:
      event.movie_id = MovieId("no id");
      break;
    case 1:
      event.type = EventType::kRating;
      event.value.reset();
      break;
    default:
      event.type = EventType::kUndo;
      event.undoes.reset();
  }
  return pending;
}

}  // namespace marquee::sim
