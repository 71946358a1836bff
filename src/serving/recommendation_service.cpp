#include "serving/recommendation_service.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "serving/cascade.h"
#include "serving/new_films.h"
#include "serving/page_cursor.h"
#include "serving/reasons.h"
#include "serving/similar_films.h"

namespace marquee::serving {
namespace {

constexpr std::size_t kSources = 6;

/// Only the plain list is the same for every request of a viewer, and so worth keeping.
bool is_cacheable(const RecommendationQuery& query) {
  return query.profiling && query.genres.empty() && query.exclude_genres.empty() &&
         !query.year_from && !query.year_to && query.exclude.empty() && !query.diversity &&
         !query.explain && !query.cursor;
}

std::optional<ModelVersion> version_of(const Pinned& pinned) {
  if (!pinned.generation) return std::nullopt;
  return pinned.generation->model->version();
}

}  // namespace

struct RecommendationService::Impl {
  Impl(const Ports& all_ports, const Options& all_options)
      : ports(all_ports),
        options(all_options),
        popular(ports.state, ports.movies, ports.clock, options.popularity,
                options.popular_refresh),
        cascade(ports, options, popular),
        share(options.tier_share, ports.clock, ports.metrics),
        hits(ports.metrics.counter("marquee_cache_hits_total", "Lists answered from L1")),
        misses(ports.metrics.counter("marquee_cache_misses_total", "Lists that L1 did not have")) {
    for (std::size_t i = 0; i < kSources; ++i) {
      answered[i] =
          &ports.metrics.counter("marquee_recommendations_total", "Lists by the tier that answered",
                                 {{"source", std::string(to_string(static_cast<Source>(i)))}});
    }
  }

  std::shared_ptr<const Pinned> pin() const {
    const std::shared_lock lock(mutex);
    return pinned;
  }

  std::shared_ptr<const CachedList> top_of_viewer(const RecommendationQuery& query,
                                                  const Pinned& now, const CascadeRequest& request,
                                                  bool& is_hit);
  Tiers tiers_of(const RecommendationQuery& query);
  CascadeRequest request_of(const RecommendationQuery& query, const PageCursor& shown) const;
  RecommendationList answer(const RecommendationQuery& query, const Pinned& now,
                            std::span<const Candidate> items, const PageCursor& shown,
                            const std::shared_ptr<const UserProfile>& profile) const;
  void explain(const Pinned& now, const CascadeList& built, RecommendationList& list) const;
  void finish(const RecommendationQuery& query, RecommendationList& list) const;
  template <typename Change>
  void change(const Change& change);

  const Ports ports;
  const Options options;
  PopularFilms popular;
  Cascade cascade;
  TierShare share;
  telemetry::Counter& hits;
  telemetry::Counter& misses;
  std::array<telemetry::Counter*, kSources> answered{};
  std::mutex changes;  // one change of what is pinned at a time
  mutable std::shared_mutex mutex;
  std::shared_ptr<const Pinned> pinned = std::make_shared<const Pinned>(
      Pinned{nullptr, std::make_shared<const CatalogView>()});  // never null
};

/// Whoever waits for their own event, or wants something special, gets the best there is.
Tiers RecommendationService::Impl::tiers_of(const RecommendationQuery& query) {
  const bool is_plain =
      is_cacheable(query) && !query.reads_own_writes && !is_reserved(query.user_id);
  return is_plain ? share.next() : Tiers::kAll;
}

CascadeRequest RecommendationService::Impl::request_of(const RecommendationQuery& query,
                                                       const PageCursor& shown) const {
  CascadeRequest request;
  request.user_id = query.user_id;
  if (query.profiling) request.profile = ports.state.find(query.user_id);
  request.profiling = query.profiling;
  request.count = static_cast<std::size_t>(query.limit) + 1;  // one more tells of a next page
  request.wishes = {query.genres, query.exclude_genres, query.year_from, query.year_to};
  for (const MovieId& id : query.exclude) {
    if (const auto key = ports.movies.find(id.value())) request.exclude.push_back(*key);
  }
  request.shown = shown.shown;
  request.diversity = query.diversity;
  return request;
}

/// The viewer's unfiltered top, from L1 or computed and, unless it is popular only, put there:
/// popularity moves without the viewer's version, so L1 could not tell when such a list is old.
std::shared_ptr<const CachedList> RecommendationService::Impl::top_of_viewer(
    const RecommendationQuery& query, const Pinned& now, const CascadeRequest& request,
    bool& is_hit) {
  const std::uint64_t version = request.profile ? request.profile->version : 0;
  const std::optional<ModelVersion> generation = version_of(now);
  if (auto kept = ports.cache.find(query.user_id, generation, version)) {
    is_hit = true;
    if (!is_reserved(query.user_id)) hits.add();
    return kept;
  }
  is_hit = false;
  if (!is_reserved(query.user_id)) misses.add();
  CascadeRequest top = request;
  top.is_plain = true;
  top.count = std::max(options.top_n + 1, request.count);  // one more tells of a next page
  CascadeList built = cascade.build(now, top);
  auto list = std::make_shared<CachedList>();
  list->generation = generation;
  list->profile_version = version;
  list->items = std::move(built.items);
  list->computed_by = built.source;
  list->generated_at_ms = ports.clock.wall_ms();
  if (!built.degraded && built.source != Source::kPopular) ports.cache.fill(query.user_id, list);
  return list;
}

RecommendationList RecommendationService::Impl::answer(
    const RecommendationQuery& query, const Pinned& now, std::span<const Candidate> items,
    const PageCursor& shown, const std::shared_ptr<const UserProfile>& profile) const {
  RecommendationList list;
  list.user_id = query.user_id;
  list.model_version = version_of(now);
  if (profile) list.offset = profile->last_offset;
  list.stale = query.stale;
  PageCursor next = shown;
  const auto limit = static_cast<std::size_t>(query.limit);
  bool has_more = false;
  for (const Candidate& item : items) {
    // A kept list may hold a film that was withdrawn since.
    if (!now.view->servable.contains(item.movie)) continue;
    has_more = list.items.size() == limit;
    if (has_more) break;
    next.shown.push_back(now.view->page_tag[item.movie]);
    list.items.push_back({item.movie,
                          std::clamp(item.score, 0.0F, 1.0F),
                          static_cast<std::int32_t>(next.shown.size()),
                          {}});
  }
  if (has_more && next.shown.size() <= kCursorFilmsMax) list.next_cursor = next.to_string();
  return list;
}

void RecommendationService::Impl::explain(const Pinned& now, const CascadeList& built,
                                          RecommendationList& list) const {
  std::optional<LiveShares> shares;
  if (now.generation) shares.emplace(*now.generation, ports.state, options, built);
  add_reasons(now, built, shares ? &*shares : nullptr, list);
}

/// Gives the list its id, counts it and logs it as shown; what a reserved viewer gets is not shown
/// to anybody.
void RecommendationService::Impl::finish(const RecommendationQuery& query,
                                         RecommendationList& list) const {
  const std::int64_t now_ms = ports.clock.wall_ms();
  list.list_id = ListId(Uuid::v7(now_ms).to_string());
  if (is_reserved(query.user_id)) return;
  answered[static_cast<std::size_t>(list.source)]->add();
  ShownList shown;
  shown.list_id = list.list_id;
  shown.user_id = list.user_id;
  shown.session_id = query.session_id;
  shown.source = to_string(list.source);
  shown.generation = list.model_version;
  shown.created_at_ms = now_ms;
  shown.items.reserve(list.items.size());
  for (const Recommendation& item : list.items) {
    shown.items.push_back({ports.movies.id_of(item.movie), item.score});
  }
  ports.shown.write(std::move(shown));
}

/// Requests go on with the old while the new is prepared.
template <typename Change>
void RecommendationService::Impl::change(const Change& change) {
  const std::lock_guard one_at_a_time(changes);
  Pinned next = *pin();
  change(next);
  next.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>();
  next.descriptions = nullptr;
  if (next.generation) {
    next.descriptions =
        std::make_shared<const FilmDescriptions>(next.generation, next.view->catalog);
    next.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(
        new_films(*next.generation, *next.view->catalog, *next.descriptions));
  }
  auto made = std::make_shared<const Pinned>(std::move(next));
  const std::unique_lock lock(mutex);
  pinned.swap(made);
}

RecommendationService::RecommendationService(Ports ports, Options options)
    : impl_(std::make_unique<Impl>(ports, options)) {}
RecommendationService::~RecommendationService() = default;

Result<RecommendationList> RecommendationService::recommend(const RecommendationQuery& query) {
  PageCursor shown;
  if (query.cursor) {
    MARQUEE_TRY(shown, PageCursor::parse(*query.cursor));
  }
  const std::shared_ptr<const Pinned> pinned = impl_->pin();
  const Pinned& now = *pinned;
  CascadeRequest request = impl_->request_of(query, shown);
  request.tiers = impl_->tiers_of(query);
  RecommendationList list;
  if (is_cacheable(query) && request.tiers == Tiers::kAll) {
    bool is_hit = false;
    const auto top = impl_->top_of_viewer(query, now, request, is_hit);
    list = impl_->answer(query, now, top->items, shown, request.profile);
    list.source = is_hit ? impl_->options.cache_source : top->computed_by;
    list.generated_at_ms = top->generated_at_ms;
  } else {
    const CascadeList built = impl_->cascade.build(now, request);
    list = impl_->answer(query, now, built.items, shown, request.profile);
    list.source = built.source;
    list.generated_at_ms = impl_->ports.clock.wall_ms();
    if (query.explain) impl_->explain(now, built, list);
  }
  impl_->finish(query, list);
  return list;
}

void RecommendationService::set_generation(std::shared_ptr<const Generation> generation) {
  impl_->change([&](Pinned& next) { next.generation = std::move(generation); });
}

void RecommendationService::set_catalog(std::shared_ptr<const Catalog> catalog) {
  if (!catalog) catalog = std::make_shared<const Catalog>();
  auto view = std::make_shared<const CatalogView>(std::move(catalog));
  impl_->change([&](Pinned& next) { next.view = std::move(view); });
  impl_->ports.cache.clear();  // kept lists lack the new films
}

std::shared_ptr<const Generation> RecommendationService::generation() const {
  return impl_->pin()->generation;
}

std::shared_ptr<const Catalog> RecommendationService::catalog() const {
  return impl_->pin()->view->catalog;
}

std::vector<Candidate> RecommendationService::similar(MovieKey film, std::size_t count) const {
  return similar_films(*impl_->pin(), *impl_->popular.get(), film, count);
}

std::shared_ptr<const std::vector<Candidate>> RecommendationService::popular() const {
  return impl_->popular.get();
}

const RecommendationService::Options& RecommendationService::options() const {
  return impl_->options;
}

}  // namespace marquee::serving
