#include "retrieval/new_films.h"

#include <algorithm>

#include "models/content_prior.h"

namespace marquee::retrieval {

Result<std::vector<Candidate>> new_candidates(const models::FactorModel& model,
                                              std::span<const NewFilm> films,
                                              std::span<const LivePositive> positives,
                                              std::size_t count, const KeySet& allowed,
                                              std::int64_t now_ms, const NewFilmOptions& options) {
  std::vector<Candidate> candidates;
  if (films.empty() || positives.empty()) return candidates;
  MARQUEE_TRY(const std::vector<float> viewer, models::fold_in(model, weighted_items(positives)));
  for (const NewFilm& film : films) {
    if (film.direction.empty() || !allowed.contains(film.movie)) continue;
    if (!film.has_viewers && now_ms - film.added_at_ms > options.age_max_ms) continue;
    const float match = models::cosine(viewer, film.direction);
    if (match >= options.cosine_min) candidates.push_back({film.movie, match});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.movie < b.movie;
  });
  if (candidates.size() > count) candidates.resize(count);
  return candidates;
}

}  // namespace marquee::retrieval
