#include "domain/transition_counts.h"

#include <algorithm>

namespace marquee {
namespace {

constexpr std::size_t kWindow = TransitionCounts::kWeights.size();

std::int32_t period_of(std::int32_t day) {
  constexpr std::int32_t kDays = TransitionCounts::kPeriodDays;
  return day / kDays - (day % kDays < 0 ? 1 : 0);
}

bool is_before(const Transition& a, const Transition& b) {
  return a.to != b.to ? a.to < b.to : a.period < b.period;
}

/// Where two sequences differ: all pairs within [0, first) and within the last `tail` are shared.
struct Difference {
  std::size_t first = 0;
  std::size_t tail = 0;
};

Difference difference_of(std::span<const LikedFilm> a, std::span<const LikedFilm> b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  Difference difference;
  while (difference.first < shorter && a[difference.first] == b[difference.first]) {
    ++difference.first;
  }
  while (difference.tail < shorter - difference.first &&
         a[a.size() - 1 - difference.tail] == b[b.size() - 1 - difference.tail]) {
    ++difference.tail;
  }
  return difference;
}

/// Calls `visit(from, to, weight)` for every pair of `films` within the window that is not wholly
/// in the shared head or tail.
template <typename Visit>
void changed_pairs(std::span<const LikedFilm> films, const Difference& difference,
                   const Visit& visit) {
  const std::size_t tail_begin = films.size() - difference.tail;
  const std::size_t head = difference.first;
  const std::size_t begin = head > kWindow ? head - kWindow : 0;
  for (std::size_t from = begin; from < tail_begin; ++from) {
    const std::size_t end = std::min(films.size(), from + kWindow + 1);
    for (std::size_t to = from + 1; to < end; ++to) {
      if (to < head) continue;
      visit(films[from].movie, films[to], TransitionCounts::kWeights[to - from - 1]);
    }
  }
}

}  // namespace

void TransitionCounts::replace(std::span<const LikedFilm> before,
                               std::span<const LikedFilm> after) {
  // The bound of the recent interactions drops a viewer's oldest films while new ones are added.
  if (!before.empty() && !after.empty() && before.front() != after.front()) {
    const auto shift = static_cast<std::size_t>(
        std::find(before.begin(), before.end(), after.front()) - before.begin());
    if (shift < before.size()) {
      changed_pairs(
          before, {0, before.size() - shift},
          [&](MovieKey from, const LikedFilm& to, std::int32_t weight) { add(from, to, -weight); });
      before = before.subspan(shift);
    }
  }
  const Difference difference = difference_of(before, after);
  changed_pairs(before, difference, [&](MovieKey from, const LikedFilm& to, std::int32_t weight) {
    add(from, to, -weight);
  });
  changed_pairs(after, difference, [&](MovieKey from, const LikedFilm& to, std::int32_t weight) {
    add(from, to, weight);
  });
}

std::span<const Transition> TransitionCounts::from(MovieKey movie) const {
  if (movie >= films_.size()) return {};
  return films_[movie];
}

void TransitionCounts::add(MovieKey from, const LikedFilm& to, std::int32_t weight) {
  if (from >= films_.size()) {
    if (weight <= 0) return;
    films_.resize(from + std::size_t{1});
  }
  std::vector<Transition>& transitions = films_[from];
  const Transition wanted{to.movie, period_of(to.day), weight};
  auto at = std::lower_bound(transitions.begin(), transitions.end(), wanted, is_before);
  if (at != transitions.end() && at->to == wanted.to && at->period == wanted.period) {
    at->weight += weight;
    if (at->weight > 0) return;
    transitions.erase(at);
    --size_;
    return;
  }
  if (weight <= 0) return;  // it was pushed out before
  latest_period_ = size_ == 0 ? wanted.period : std::max(latest_period_, wanted.period);
  if (transitions.size() == kPerFilmMax) {
    make_room(transitions);
    at = std::lower_bound(transitions.begin(), transitions.end(), wanted, is_before);
  }
  transitions.insert(at, wanted);
  ++size_;
}

void TransitionCounts::make_room(std::vector<Transition>& transitions) {
  transitions.erase(std::min_element(
      transitions.begin(), transitions.end(), [](const Transition& a, const Transition& b) {
        return a.period != b.period ? a.period < b.period : a.weight < b.weight;
      }));
  --size_;
  ++pushed_out_;
}

}  // namespace marquee
