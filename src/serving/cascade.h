#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ranking/film_filter.h"
#include "serving/batch_lists.h"
#include "serving/catalog_view.h"
#include "serving/new_film_directions.h"
#include "serving/popular_films.h"
#include "serving/recommendation_service.h"
#include "serving/tier_share.h"

namespace marquee::serving {

/// What is asked of the tiers below the cache.
struct CascadeRequest {
  UserId user_id;
  std::shared_ptr<const UserProfile> profile;  ///< null: a viewer without events
  bool profiling = true;                       ///< false: popular titles only
  std::size_t count = 10;
  ranking::FilmWishes wishes;
  std::vector<MovieKey> exclude;
  std::span<const std::uint32_t> shown;  ///< page tags of what was shown already
  std::optional<double> diversity;
  Tiers tiers = Tiers::kAll;
  /// The viewer's plain top: a live list that was made ahead does, where it is for this moment.
  bool is_plain = false;
};

/// What they gave.
struct CascadeList {
  std::vector<Candidate> items;    ///< in order, scores in [0, 1]
  std::size_t personal = 0;        ///< the first so many come from L2 and L3, the rest is popular
  retrieval::LiveHistory history;  ///< what L2 was made from
  LiveScales scales;               ///< of its signals
  std::vector<float> viewer;       ///< L2's vector of the viewer; empty when L2 was not computed
  Source source = Source::kPopular;
  bool degraded = false;  ///< a tier failed: right for now, not worth keeping
};

/// L2 ⊕ L3, with films that are new here in places of their own (ranking/exploration.h), filled up
/// with popular titles; popular alone when both have nothing. A tier that fails
/// is counted (marquee_tier_errors_total) and left out. Thread-safe.
class Cascade {
 public:
  Cascade(const RecommendationService::Ports& ports, const RecommendationService::Options& options,
          const PopularFilms& popular);

  CascadeList build(const Pinned& pinned, const CascadeRequest& request) const;

 private:
  std::vector<Candidate> from_batch(const Generation& generation, const CascadeRequest& request,
                                    const retrieval::KeySet& allowed, bool& degraded) const;
  std::vector<Candidate> from_live(const Pinned& pinned, const CascadeRequest& request,
                                   const retrieval::KeySet& allowed, CascadeList& list) const;
  std::optional<std::vector<Candidate>> made_ahead(const Generation& generation,
                                                   const CascadeRequest& request,
                                                   const retrieval::KeySet& allowed) const;
  std::vector<Candidate> from_new(const Pinned& pinned, const CascadeRequest& request,
                                  const retrieval::KeySet& allowed, CascadeList& list) const;
  void diversify(const Generation& generation, double diversity, std::size_t count,
                 std::vector<Candidate>& items) const;
  void fill_up(const Pinned& pinned, std::size_t count, retrieval::KeySet allowed,
               std::vector<Candidate>& items) const;

  const Clock& clock_;
  const FoldedState& state_;
  const BatchLists batch_;
  const LiveFeed* const live_feed_;
  const MovieTable& movies_;
  const RecommendationService::Options& options_;
  const std::string recipe_;  ///< of options_
  const PopularFilms& popular_;
  const NewFilmDirections new_films_;
  telemetry::Counter& batch_errors_;
  telemetry::Counter& realtime_errors_;
  telemetry::Counter& made_ahead_used_;
  telemetry::Counter& made_ahead_passed_;
};

}  // namespace marquee::serving
