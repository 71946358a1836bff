#include "domain/liked_films.h"

#include <cstddef>
#include <optional>

#include "domain/film_places.h"

namespace marquee {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;

enum class Verdict : std::uint8_t { kNone, kFor, kAgainst };

Verdict verdict_of(const Interaction& interaction) {
  std::optional<double> value;
  if (interaction.value) value = double{*interaction.value};
  if (is_negative(interaction.type, value)) return Verdict::kAgainst;
  return is_positive(interaction.type, value) ? Verdict::kFor : Verdict::kNone;
}

std::int32_t day_of(std::int64_t ts_ms) {
  const std::int64_t day = ts_ms / kDayMs - (ts_ms % kDayMs < 0 ? 1 : 0);
  return static_cast<std::int32_t>(day);
}

}  // namespace

std::vector<LikedFilm> liked_films(const UserProfile& profile) {
  FilmPlaces places(profile.recent.size());  // no sort: this is done twice for every event
  std::vector<LikedFilm> liked;
  std::vector<bool> stands;
  for (const Interaction& said : profile.recent) {
    const Verdict verdict = verdict_of(said);
    if (verdict == Verdict::kNone) continue;
    std::uint32_t& place = places[said.movie];
    if (verdict == Verdict::kAgainst) {
      if (place != FilmPlaces::kNone) stands[place] = false;
      place = FilmPlaces::kNone;
    } else if (place == FilmPlaces::kNone) {
      place = static_cast<std::uint32_t>(liked.size());
      liked.push_back({said.movie, day_of(said.ts_ms)});
      stands.push_back(true);
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < liked.size(); ++i) {
    if (stands[i]) liked[kept++] = liked[i];
  }
  liked.resize(kept);
  return liked;
}

}  // namespace marquee
