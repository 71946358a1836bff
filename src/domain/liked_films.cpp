#include "domain/liked_films.h"

#include <algorithm>
#include <cstddef>
#include <optional>

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

/// What was said of one film at one place of `recent`, as one number to sort by: this is done twice
/// for every event.
class Opinion {
 public:
  Opinion(MovieKey movie, std::size_t at, bool is_for)
      : bits_(std::uint64_t{movie} << 32 | std::uint64_t{at} << 1 | (is_for ? 1U : 0U)) {}

  MovieKey movie() const { return static_cast<MovieKey>(bits_ >> 32); }
  std::size_t at() const { return static_cast<std::size_t>(bits_ >> 1 & 0x7FFF'FFFF); }
  bool is_for() const { return (bits_ & 1) != 0; }
  /// By film, and of one film in the order in which they were given.
  bool operator<(const Opinion& other) const { return bits_ < other.bits_; }

 private:
  std::uint64_t bits_;
};

std::vector<Opinion> sorted_opinions(const UserProfile& profile) {
  std::vector<Opinion> opinions;
  opinions.reserve(profile.recent.size());
  for (std::size_t at = 0; at < profile.recent.size(); ++at) {
    const Verdict verdict = verdict_of(profile.recent[at]);
    if (verdict == Verdict::kNone) continue;
    opinions.emplace_back(profile.recent[at].movie, at, verdict == Verdict::kFor);
  }
  std::sort(opinions.begin(), opinions.end());
  return opinions;
}

}  // namespace

std::vector<LikedFilm> liked_films(const UserProfile& profile) {
  const std::vector<Opinion> opinions = sorted_opinions(profile);
  std::vector<std::size_t> first_liked;  // places in `recent`
  for (auto film = opinions.begin(); film != opinions.end();) {
    const auto next = std::find_if(
        film, opinions.end(), [&](const Opinion& other) { return other.movie() != film->movie(); });
    if ((next - 1)->is_for()) {
      // what was said before the last turn against the film no longer counts
      auto first = next - 1;
      while (first != film && (first - 1)->is_for()) --first;
      first_liked.push_back(first->at());
    }
    film = next;
  }
  std::sort(first_liked.begin(), first_liked.end());
  std::vector<LikedFilm> liked;
  liked.reserve(first_liked.size());
  for (const std::size_t at : first_liked) {
    liked.push_back({profile.recent[at].movie, day_of(profile.recent[at].ts_ms)});
  }
  return liked;
}

}  // namespace marquee
