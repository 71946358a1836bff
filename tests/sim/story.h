#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "ports/event_log.h"

namespace marquee::sim {

inline constexpr int kViewers = 4;
inline constexpr int kFilms = 14;

UserId viewer_id(std::uint64_t number);
MovieId film_id(std::uint64_t number);

/// True for what Story makes as poison: an event that no fold can ever apply.
bool is_poison(const Event& event);

/// What a few viewers do, by the seed: events of every type, undos of anything, now and then a
/// repeat, another event under a known id, or one that cannot be folded.
class Story {
 public:
  explicit Story(Rng rng) : rng_(rng) {}

  /// Something that happens at `now_ms`. `door` is false where nobody has looked at it: only there
  /// can poison come from.
  PendingEvent next(std::int64_t now_ms, bool door);

 private:
  EventId fresh_id(std::int64_t now_ms);
  PendingEvent fresh(std::int64_t now_ms);
  PendingEvent poison(PendingEvent pending);

  Rng rng_;
  std::vector<PendingEvent> told_;
};

}  // namespace marquee::sim
