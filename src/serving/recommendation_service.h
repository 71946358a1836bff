#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/recommendation.h"
#include "models/popularity.h"
#include "ports/feed_store.h"
#include "ports/folded_state.h"
#include "ports/live_feed.h"
#include "ports/recommendation_cache.h"
#include "retrieval/new_films.h"
#include "serving/generation.h"
#include "serving/live_tier.h"
#include "serving/shown_list_writer.h"
#include "serving/tier_share.h"
#include "telemetry/metrics.h"

namespace marquee::serving {

/// One request for a list, checked: ranges hold, ids are well-formed.
struct RecommendationQuery {
  UserId user_id;
  std::int32_t limit = 10;  ///< 1–100
  std::optional<SessionId> session_id;
  std::vector<std::string> genres;          ///< any of; empty: all
  std::vector<std::string> exclude_genres;  ///< none of
  std::optional<int> year_from;
  std::optional<int> year_to;
  std::vector<MovieId> exclude;
  std::optional<double> diversity;  ///< 0–1
  bool explain = false;
  bool profiling = true;              ///< false: popular titles only
  std::optional<std::string> cursor;  ///< next_cursor of the page before
  bool reads_own_writes = false;      ///< min_offset was given
  bool stale = false;                 ///< and waited for in vain
};

/// Answers from L1, else L2 ⊕ L3, else popular; caches and logs. Every tier answers when the one
/// above it is gone; the last needs no dependency. Never blocks but for the feed store's read.
/// Thread-safe.
class RecommendationService {
 public:
  struct Options : LiveTierOptions {
    double batch_weight = 0.7;                   ///< of L3; the rest is L2's
    std::size_t top_n = 100;                     ///< of L1
    Source cache_source = Source::kMemoryCache;  ///< what an answer from L1 is called
    retrieval::NewFilmOptions new_films;
    models::PopularityOptions popularity;
    std::chrono::milliseconds popular_refresh{300};  ///< popular() is at least this long the same
    std::size_t batch_lists_kept = 10'000;           ///< of L3, in memory (serving/batch_lists.h)
    TierShare::Options tier_share;                   ///< of plain requests
  };
  struct Ports {
    const Clock& clock;
    const FoldedState& state;
    const FeedStore& feed;
    RecommendationCache& cache;
    ShownListWriter& shown;
    const MovieTable& movies;
    telemetry::Metrics& metrics;
    const LiveFeed* live_feed = nullptr;  ///< of lists that were made ahead; null: none are
  };

  RecommendationService(Ports ports, Options options);
  ~RecommendationService();

  /// Errors: kInvalidArgument for a bad cursor. Everything else degrades to a lower tier. A cursor
  /// carries what was shown (4 characters a film, at most kCursorFilmsMax), so the next page never
  /// repeats, whatever happened in between.
  Result<RecommendationList> recommend(const RecommendationQuery& query);

  /// Swaps the model in service (null: none) or the catalogue; requests under way keep what they
  /// pinned.
  void set_generation(std::shared_ptr<const Generation> generation);
  void set_catalog(std::shared_ptr<const Catalog> catalog);
  std::shared_ptr<const Generation> generation() const;
  std::shared_ptr<const Catalog> catalog() const;

  /// similar_films() of the model and the catalogue in service.
  std::vector<Candidate> similar(MovieKey film, std::size_t count) const;

  /// Films by decayed popularity, best first, scores in [0, 1]; refreshed when counts change, at
  /// most a few times a second.
  std::shared_ptr<const std::vector<Candidate>> popular() const;
  const Options& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::serving
