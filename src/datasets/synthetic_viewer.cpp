#include "datasets/synthetic_viewer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include "base/time_text.h"
#include "datasets/derived_event_id.h"

namespace marquee::datasets {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kWorldBegin = 1'514'764'800'000;  // 2018-01-01T00:00:00Z
constexpr std::int64_t kWorldEnd = 1'735'516'800'000;    // 2024-12-30T00:00:00Z
constexpr double kStayDaysMean = 400;
constexpr double kStayDaysMin = 20;

constexpr std::size_t kCandidates = 24;  // films a viewer thinks of before choosing one
constexpr double kChoosiness = 5.5;      // weight of taste in the choice
constexpr double kNewFilmPull = 0.8;     // of films in their first year
constexpr float kMoodStrength = 0.35F;
constexpr double kWholeStarShare = 0.45;  // viewers who never give half stars

class Viewer {
 public:
  Viewer(const SyntheticWorld& world, const UserId& user, Rng rng)
      : world_(world), user_(user), rng_(rng), seen_(world.films.size()) {
    taste_at_first_ = draw_taste();
    const float drift = static_cast<float>(0.9 * rng_.uniform());
    taste_at_last_ = unit(add(taste_at_first_, draw_taste(), drift));
    begin_ms_ = kWorldBegin + static_cast<std::int64_t>(
                                  rng_.uniform() * static_cast<double>(kWorldEnd - kWorldBegin -
                                                                       30 * kMillisecondsPerDay));
    const double stay_days = kStayDaysMin - kStayDaysMean * std::log(1.0 - rng_.uniform());
    end_ms_ = std::min(
        kWorldEnd, begin_ms_ + static_cast<std::int64_t>(stay_days * double{kMillisecondsPerDay}));
    zone_hours_ = static_cast<std::int64_t>(rng_.below(18)) - 8;
    leniency_ = 0.4 * rng_.normal();
    whole_stars_ = rng_.uniform() < kWholeStarShare;
  }

  std::vector<Event> rate(std::size_t ratings) {
    std::vector<Event> events;
    for (const Evening& evening : draw_evenings(ratings)) {
      const HiddenVector taste = taste_on(evening.start_ms);
      std::int64_t now = evening.start_ms;
      for (std::size_t i = 0; i < evening.ratings; ++i) {
        const auto film = choose(taste, now);
        if (!film) break;
        events.push_back(rating_of(*film, taste, now));
        now += static_cast<std::int64_t>(8 + rng_.below(120)) * kSecond;
      }
    }
    std::ranges::sort(events, [](const Event& a, const Event& b) {  // evenings may touch
      return std::tie(a.ts_ms, a.event_id) < std::tie(b.ts_ms, b.event_id);
    });
    return events;
  }

 private:
  struct Evening {
    std::int64_t start_ms = 0;
    std::size_t ratings = 0;
  };

  HiddenVector draw_taste() {
    HiddenVector taste{};
    for (const float weight : {1.0F, 0.8F, 0.6F}) {
      taste = add(taste, world_.genres[SyntheticWorld::draw_genre(rng_)], weight);
    }
    return unit(add(unit(taste), random_direction(rng_), 0.9F));
  }

  HiddenVector taste_on(std::int64_t at_ms) {
    const double span = static_cast<double>(std::max<std::int64_t>(1, end_ms_ - begin_ms_));
    const auto way = static_cast<float>(static_cast<double>(at_ms - begin_ms_) / span);
    const HiddenVector taste = add(add({}, taste_at_first_, 1 - way), taste_at_last_, way);
    return unit(add(unit(taste), random_direction(rng_), kMoodStrength));
  }

  /// Evenings that hold `ratings` in all, in order; more on Fridays and Saturdays.
  std::vector<Evening> draw_evenings(std::size_t ratings) {
    std::vector<Evening> evenings;
    while (ratings > 0) {
      const auto drawn = static_cast<std::size_t>(1 - 9 * std::log(1.0 - rng_.uniform()));
      const std::size_t size = std::min(ratings, drawn);
      evenings.push_back({evening_start(), size});
      ratings -= size;
    }
    std::ranges::sort(evenings, {}, &Evening::start_ms);
    return evenings;
  }

  std::int64_t evening_start() {
    const auto days = static_cast<std::uint64_t>((end_ms_ - begin_ms_) / kMillisecondsPerDay) + 1;
    std::int64_t day = utc_day(begin_ms_) + static_cast<std::int64_t>(rng_.below(days));
    const std::int64_t weekday = (day + 4) % 7;  // 0 is Sunday
    if (weekday > 0 && weekday < 5 && rng_.below(3) == 0) day += 5 - weekday;
    const auto minute = static_cast<std::int64_t>(rng_.below(210));  // from seven to half past ten
    const std::int64_t start = day * kMillisecondsPerDay + (19 - zone_hours_) * kHour +
                               minute * 60 * kSecond +
                               static_cast<std::int64_t>(rng_.below(60)) * kSecond;
    return std::min(start, kWorldEnd);
  }

  /// Thinks of some films, the popular ones more often, and takes one that suits (softmax).
  std::optional<std::size_t> choose(const HiddenVector& taste, std::int64_t now_ms) {
    std::array<std::size_t, kCandidates> films;
    std::array<double, kCandidates> sums;
    std::size_t count = 0;
    double sum = 0;
    for (std::size_t i = 0; i < kCandidates; ++i) {
      const std::size_t film = world_.draw(rng_);
      if (!can_rate(film, now_ms)) continue;
      const SyntheticFilm& candidate = world_.films[film];
      const bool fresh = now_ms - candidate.release_ms < 365 * kMillisecondsPerDay;
      sum += std::exp(kChoosiness * double{dot(taste, candidate.hidden)} +
                      (fresh ? kNewFilmPull : 0.0));
      films[count] = film;
      sums[count++] = sum;
    }
    if (count == 0) return any_unseen(now_ms);
    const double at = rng_.uniform() * sum;
    std::size_t place = 0;
    while (place + 1 < count && sums[place] <= at) ++place;
    return films[place];
  }

  bool can_rate(std::size_t film, std::int64_t now_ms) const {
    return !seen_[film] && world_.films[film].release_ms <= now_ms;
  }

  /// For a viewer who has rated nearly everything that is popular.
  std::optional<std::size_t> any_unseen(std::int64_t now_ms) {
    const std::size_t first = rng_.below(world_.films.size());
    for (std::size_t i = 0; i < world_.films.size(); ++i) {
      const std::size_t film = (first + i) % world_.films.size();
      if (can_rate(film, now_ms)) return film;
    }
    return std::nullopt;
  }

  Event rating_of(std::size_t film, const HiddenVector& taste, std::int64_t now_ms) {
    seen_[film] = true;
    Event event;
    event.user_id = user_;
    event.movie_id = world_.films[film].movie.id;
    event.type = EventType::kRating;
    event.value = stars(world_.films[film], taste);
    event.ts_ms = now_ms;
    event.accepted_at_ms = now_ms;
    event.event_id = derived_event_id(event);
    return event;
  }

  double stars(const SyntheticFilm& film, const HiddenVector& taste) {
    const double liking = 1.9 * (double{dot(taste, film.hidden)} - 0.35) + 0.4 * film.quality;
    const double felt = 3.45 + liking + leniency_ + 0.7 * rng_.normal();
    const double step = whole_stars_ ? 1.0 : 0.5;
    return std::clamp(std::round(felt / step) * step, step, 5.0);
  }

  const SyntheticWorld& world_;
  const UserId& user_;
  Rng rng_;
  std::vector<bool> seen_;
  HiddenVector taste_at_first_{};
  HiddenVector taste_at_last_{};
  std::int64_t begin_ms_ = 0;
  std::int64_t end_ms_ = 0;
  std::int64_t zone_hours_ = 0;
  double leniency_ = 0;
  bool whole_stars_ = false;
};

}  // namespace

std::vector<Event> make_viewer_events(const SyntheticWorld& world, const UserId& user,
                                      std::size_t ratings, Rng rng) {
  if (world.films.empty()) return {};
  return Viewer(world, user, rng).rate(ratings);
}

}  // namespace marquee::datasets
