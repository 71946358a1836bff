#include "serving/cascade.h"

#include <algorithm>
#include <utility>

#include "ranking/blend.h"
#include "ranking/diversify.h"
#include "ranking/exploration.h"

namespace marquee::serving {
namespace {

/// What may be shown: in the catalogue, wished for, not seen, not hidden, not shown before.
retrieval::KeySet allowed_films(const CatalogView& view, const CascadeRequest& request) {
  retrieval::KeySet allowed = view.servable;
  if (request.profile && request.profiling) {
    for (const MovieState& film : request.profile->movies) {
      if (film.seen > 0 || film.hidden > 0) allowed.erase(film.movie);
    }
  }
  for (const MovieKey key : request.exclude) allowed.erase(key);
  if (request.wishes.empty() && request.shown.empty()) return allowed;

  const ranking::FilmFilter filter(view.films, request.wishes);
  std::vector<std::uint32_t> shown(request.shown.begin(), request.shown.end());
  std::sort(shown.begin(), shown.end());  // no hash table: a client may choose the tags
  for (const MovieKey key : view.by_id) {
    const bool was_shown = std::binary_search(shown.begin(), shown.end(), view.page_tag[key]);
    if (was_shown || !filter.passes(key)) allowed.erase(key);
  }
  return allowed;
}

Source source_of(bool has_batch, bool has_live) {
  if (has_batch && has_live) return Source::kHybrid;
  if (has_batch) return Source::kBatch;
  return has_live ? Source::kRealtime : Source::kPopular;
}

telemetry::Counter& error_counter(telemetry::Metrics& metrics, const char* tier) {
  return metrics.counter("marquee_tier_errors_total", "Answers that had to do without a tier",
                         {{"tier", tier}});
}

}  // namespace

Cascade::Cascade(const RecommendationService::Ports& ports,
                 const RecommendationService::Options& options, const PopularFilms& popular)
    : clock_(ports.clock),
      feed_(ports.feed),
      movies_(ports.movies),
      options_(options),
      popular_(popular),
      batch_errors_(error_counter(ports.metrics, "batch")),
      realtime_errors_(error_counter(ports.metrics, "realtime")) {}

CascadeList Cascade::build(const Pinned& pinned, const CascadeRequest& request) const {
  CascadeList list;
  const retrieval::KeySet allowed = allowed_films(*pinned.view, request);
  if (pinned.generation && request.profiling) {
    const auto batch = from_batch(*pinned.generation, request, allowed, list.degraded);
    const auto live = from_live(*pinned.generation, request, allowed, list);
    list.source = source_of(!batch.empty(), !live.empty());
    list.items = ranking::blend(batch, live, options_.batch_weight, movies_);
    if (request.diversity.value_or(0) > 0) {
      diversify(*pinned.generation, *request.diversity, request.count, list.items);
    }
    ranking::explore(list.items, from_new(pinned, request, allowed, list));
    if (list.items.size() > request.count) list.items.resize(request.count);
    list.personal = list.items.size();
  }
  if (list.items.size() < request.count) fill_up(pinned, request.count, allowed, list.items);
  return list;
}

std::vector<Candidate> Cascade::from_batch(const Generation& generation,
                                           const CascadeRequest& request,
                                           const retrieval::KeySet& allowed, bool& degraded) const {
  std::vector<Candidate> candidates;
  const auto stored = feed_.find(generation.model->version(), request.user_id);
  if (!stored.ok()) {
    batch_errors_.add();
    degraded = true;
    return candidates;
  }
  for (const ScoredMovie& film : *stored) {
    const auto key = movies_.find(film.movie_id.value());
    if (key && allowed.contains(*key)) candidates.push_back({*key, film.score});
  }
  return candidates;
}

std::vector<Candidate> Cascade::from_live(const Generation& generation,
                                          const CascadeRequest& request,
                                          const retrieval::KeySet& allowed,
                                          CascadeList& list) const {
  if (!request.profile) return {};
  list.positives =
      retrieval::live_positives(*request.profile, generation.row_of_key, options_.history);
  const std::size_t count = std::max(options_.candidates, request.count);
  auto candidates = retrieval::live_candidates(*generation.model, *generation.search,
                                               list.positives, count, allowed);
  if (!candidates.ok()) {
    realtime_errors_.add();
    list.degraded = true;
    return {};
  }
  return std::move(candidates).value();
}

/// With the score that they would have in the blend: of the live tier only, its cosine.
std::vector<Candidate> Cascade::from_new(const Pinned& pinned, const CascadeRequest& request,
                                         const retrieval::KeySet& allowed,
                                         CascadeList& list) const {
  const std::size_t count = request.count / ranking::kExplorationEvery + 1;
  auto films =
      retrieval::new_candidates(*pinned.generation->model, *pinned.new_films, list.positives, count,
                                allowed, clock_.wall_ms(), options_.new_films);
  if (!films.ok()) {
    realtime_errors_.add();
    list.degraded = true;
    return {};
  }
  const auto live_weight = static_cast<float>(1.0 - options_.batch_weight);
  for (Candidate& film : *films) film.score *= live_weight;
  return std::move(films).value();
}

void Cascade::diversify(const Generation& generation, double diversity, std::size_t count,
                        std::vector<Candidate>& items) const {
  constexpr std::size_t kPoolMin = 100;
  constexpr std::size_t kPoolPerPick = 3;
  const std::size_t pool = std::max(kPoolMin, kPoolPerPick * count);
  if (items.size() > pool) items.resize(pool);
  items = ranking::diversify(items, count, diversity, [&](MovieKey key) -> std::span<const float> {
    if (key >= generation.row_of_key.size() || generation.row_of_key[key] < 0) return {};
    return generation.model->items().row(static_cast<std::size_t>(generation.row_of_key[key]));
  });
}

/// Popular titles, then those that nobody has met yet; scores go on below what is there.
void Cascade::fill_up(const Pinned& pinned, std::size_t count, retrieval::KeySet allowed,
                      std::vector<Candidate>& items) const {
  float ceiling = 1.0F;
  for (const Candidate& item : items) {
    ceiling = std::min(ceiling, item.score);
    allowed.erase(item.movie);
  }
  const auto popular = popular_.get();
  for (const Candidate& film : *popular) {
    if (items.size() >= count) return;
    if (!allowed.contains(film.movie)) continue;
    allowed.erase(film.movie);
    items.push_back({film.movie, ceiling * film.score});
  }
  for (const MovieKey key : pinned.view->by_id) {
    if (items.size() >= count) return;
    if (allowed.contains(key)) items.push_back({key, 0.0F});
  }
}

}  // namespace marquee::serving
