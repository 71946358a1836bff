#include "serving/cascade.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "models/fold_in.h"
#include "ranking/blend.h"
#include "ranking/diversify.h"
#include "ranking/exploration.h"
#include "serving/described_taste.h"

namespace marquee::serving {
namespace {

constexpr std::chrono::milliseconds kNewFilmsRefresh{300};

/// What may be shown: in the catalogue, wished for, not seen, not hidden, not shown before.
retrieval::KeySet allowed_films(const CatalogView& view, const CascadeRequest& request) {
  retrieval::KeySet allowed = view.servable;
  if (request.profile && request.profiling) {
    erase_met(*request.profile, allowed);
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

/// Leaves out of `fresh` what is in `items`: L3 may hold a film that the model does not know.
void drop_listed(std::vector<Candidate>& fresh, std::span<const Candidate> items) {
  std::erase_if(fresh, [items](const Candidate& film) {
    return std::ranges::find(items, film.movie, &Candidate::movie) != items.end();
  });
}

telemetry::Counter& error_counter(telemetry::Metrics& metrics, const char* tier) {
  return metrics.counter("marquee_tier_errors_total", "Answers that had to do without a tier",
                         {{"tier", tier}});
}

telemetry::Counter& made_ahead_counter(telemetry::Metrics& metrics, const char* result) {
  return metrics.counter("marquee_made_ahead_lists_total",
                         "Live lists that were looked for in rec_feed", {{"result", result}});
}

}  // namespace

Cascade::Cascade(const RecommendationService::Ports& ports,
                 const RecommendationService::Options& options, const PopularFilms& popular)
    : clock_(ports.clock),
      state_(ports.state),
      batch_(ports.feed, ports.movies, ports.clock, ports.metrics, options.batch_lists_kept),
      live_feed_(ports.live_feed),
      movies_(ports.movies),
      options_(options),
      recipe_(live_recipe(options)),
      popular_(popular),
      new_films_(ports.state, ports.clock, options.history, kNewFilmsRefresh),
      batch_errors_(error_counter(ports.metrics, "batch")),
      realtime_errors_(error_counter(ports.metrics, "realtime")),
      made_ahead_used_(made_ahead_counter(ports.metrics, "used")),
      made_ahead_passed_(made_ahead_counter(ports.metrics, "passed")) {}

CascadeList Cascade::build(const Pinned& pinned, const CascadeRequest& request) const {
  CascadeList list;
  const retrieval::KeySet allowed = allowed_films(*pinned.view, request);
  if (pinned.generation && request.profiling && request.tiers != Tiers::kPopular) {
    std::vector<Candidate> batch;
    std::vector<Candidate> live;
    const bool has_live = request.tiers != Tiers::kBatch;
    if (request.tiers != Tiers::kRealtime) {
      batch = from_batch(*pinned.generation, request, allowed, list.degraded);
    }
    if (has_live) live = from_live(pinned, request, allowed, list);
    list.source = source_of(!batch.empty(), !live.empty());
    list.items = ranking::blend(batch, live, options_.batch_weight, movies_);
    if (request.diversity.value_or(0) > 0) {
      diversify(*pinned.generation, *request.diversity, request.count, list.items);
    }
    std::vector<Candidate> fresh;
    if (has_live) fresh = from_new(pinned, request, allowed, list);
    drop_listed(fresh, list.items);
    ranking::explore(list.items, fresh);
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
  const auto stored = batch_.find(generation.model->version(), request.user_id);
  if (!stored.ok()) {
    batch_errors_.add();
    degraded = true;
    return candidates;
  }
  std::ranges::copy_if(**stored, std::back_inserter(candidates),
                       [&](const Candidate& film) { return allowed.contains(film.movie); });
  return candidates;
}

std::vector<Candidate> Cascade::from_live(const Pinned& pinned, const CascadeRequest& request,
                                          const retrieval::KeySet& allowed,
                                          CascadeList& list) const {
  if (!request.profile) return {};
  const Generation& generation = *pinned.generation;
  list.history = retrieval::live_history(*request.profile, generation.row_of_key, options_.history);
  if (list.history.positives.empty()) {
    list.history.direction =
        described_taste(*request.profile, pinned, *new_films_.get(pinned), options_.history);
  } else if (auto kept = made_ahead(generation, request, allowed)) {
    return *std::move(kept);
  }
  const std::size_t count = std::max(options_.candidates, request.count);
  auto tier = live_tier(generation, state_, list.history, count, allowed, options_);
  if (!tier.ok()) {
    realtime_errors_.add();
    list.degraded = true;
    return {};
  }
  list.scales = tier->scales;
  list.viewer = std::move(tier->viewer);
  return std::move(tier->items);
}

/// What the feed has, when it is of this viewer's version, this model and these settings: what
/// would be computed here. Films that left the catalogue since are left out.
std::optional<std::vector<Candidate>> Cascade::made_ahead(const Generation& generation,
                                                          const CascadeRequest& request,
                                                          const retrieval::KeySet& allowed) const {
  if (live_feed_ == nullptr || !request.is_plain) return std::nullopt;
  const auto kept = live_feed_->find(request.user_id);
  if (!kept.ok() || !*kept || (*kept)->version != request.profile->version ||
      (*kept)->generation != generation.model->version() || (*kept)->recipe != recipe_) {
    made_ahead_passed_.add();
    return std::nullopt;
  }
  std::vector<Candidate> films;
  films.reserve((*kept)->items.size());
  for (const ScoredMovie& film : (*kept)->items) {
    const auto key = movies_.find(film.movie_id.value());
    if (key && allowed.contains(*key)) films.push_back({*key, film.score});
  }
  made_ahead_used_.add();
  return films;
}

/// With the score that they would have in the blend: of the live tier only, its cosine.
std::vector<Candidate> Cascade::from_new(const Pinned& pinned, const CascadeRequest& request,
                                         const retrieval::KeySet& allowed,
                                         CascadeList& list) const {
  const auto known = new_films_.get(pinned);
  if (known->empty()) return {};
  if (list.viewer.empty()) {
    if (list.history.positives.empty()) return {};
    // The live list was made ahead.
    auto viewer = models::fold_in(*pinned.generation->model,
                                  retrieval::weighted_items(list.history.positives));
    if (!viewer.ok()) {
      realtime_errors_.add();
      list.degraded = true;
      return {};
    }
    list.viewer = std::move(viewer).value();
  }
  const std::size_t count = request.count / ranking::kExplorationEvery + 1;
  auto films = known->matching(list.viewer, count, allowed, clock_.wall_ms(), options_.new_films);
  const auto live_weight = static_cast<float>(1.0 - options_.batch_weight);
  for (Candidate& film : films) film.score *= live_weight;
  return films;
}

void Cascade::diversify(const Generation& generation, double diversity, std::size_t count,
                        std::vector<Candidate>& items) const {
  constexpr std::size_t kPoolMin = 100;
  constexpr std::size_t kPoolPerPick = 3;
  const std::size_t pool = std::max(kPoolMin, kPoolPerPick * count);
  if (items.size() > pool) items.resize(pool);
  items = ranking::diversify(items, count, diversity, [&](MovieKey key) -> std::span<const float> {
    const auto row = generation.row_of(key);
    if (!row) return {};
    return generation.model->items().row(*row);
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
