#include "ranking/blend.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace marquee::ranking {
namespace {

/// Sorted by key, each film once with its better score.
std::vector<Candidate> by_key(std::span<const Candidate> tier) {
  std::vector<Candidate> sorted = min_max_normalized(tier);
  std::sort(sorted.begin(), sorted.end(), [](const Candidate& a, const Candidate& b) {
    return a.movie != b.movie ? a.movie < b.movie : a.score > b.score;
  });
  const auto same = [](const Candidate& a, const Candidate& b) { return a.movie == b.movie; };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  return sorted;
}

}  // namespace

std::vector<Candidate> min_max_normalized(std::span<const Candidate> candidates) {
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  for (const Candidate& candidate : candidates) {
    if (!std::isfinite(candidate.score)) continue;
    low = std::min(low, candidate.score);
    high = std::max(high, candidate.score);
  }
  // in double, because high − low of two floats may overflow a float
  const double width = double{high} - double{low};
  std::vector<Candidate> normalized(candidates.begin(), candidates.end());
  for (Candidate& candidate : normalized) {
    if (!std::isfinite(candidate.score)) {
      candidate.score = 0;
    } else {
      candidate.score =
          width > 0 ? static_cast<float>((double{candidate.score} - double{low}) / width) : 1.0F;
    }
  }
  return normalized;
}

void sort_best_first(std::vector<Candidate>& candidates, const MovieTable& movies) {
  std::sort(candidates.begin(), candidates.end(), ranks_before);
  // Ids, which lie elsewhere in memory, are looked at only where they decide.
  for (auto equal = candidates.begin(); equal != candidates.end();) {
    const auto next = std::find_if(equal, candidates.end(), [&](const Candidate& other) {
      return other.score != equal->score;
    });
    if (next - equal > 1) {
      std::sort(equal, next, [&](const Candidate& a, const Candidate& b) {
        return movies.id_of(a.movie) < movies.id_of(b.movie);
      });
    }
    equal = next;
  }
}

std::vector<Candidate> blend(std::span<const Candidate> batch, std::span<const Candidate> realtime,
                             double batch_weight, const MovieTable& movies) {
  if (batch.empty()) batch_weight = 0;
  if (realtime.empty()) batch_weight = 1;
  const std::vector<Candidate> slow = by_key(batch);
  const std::vector<Candidate> fast = by_key(realtime);
  std::vector<Candidate> blended;
  blended.reserve(slow.size() + fast.size());
  auto s = slow.begin();
  auto f = fast.begin();
  while (s != slow.end() || f != fast.end()) {
    const bool in_slow = s != slow.end() && (f == fast.end() || s->movie <= f->movie);
    const bool in_fast = f != fast.end() && (s == slow.end() || f->movie <= s->movie);
    const MovieKey movie = in_slow ? s->movie : f->movie;
    const double score = (in_slow ? batch_weight * double{s->score} : 0.0) +
                         (in_fast ? (1.0 - batch_weight) * double{f->score} : 0.0);
    blended.push_back({movie, static_cast<float>(score)});
    if (in_slow) ++s;
    if (in_fast) ++f;
  }
  sort_best_first(blended, movies);
  return blended;
}

}  // namespace marquee::ranking
