#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "domain/movie_table.h"
#include "domain/recommendation.h"
#include "ports/feed_store.h"
#include "telemetry/metrics.h"

namespace marquee::serving {

/// L3 as the cascade asks it: a viewer's list by film keys, read from the store and kept for the
/// lists that follow, each of which a click makes anew. The lists of a generation never change
/// (ports/feed_store.h) but when a stage that had ended is run again for the same version; so one
/// is kept for kLife and no longer. Of the viewers beyond `kept_max` those go that were asked for
/// least lately, by halves. An answer says in marquee_batch_lists_total whether it was kept.
/// Thread-safe.
class BatchLists {
 public:
  using List = std::shared_ptr<const std::vector<Candidate>>;
  static constexpr std::chrono::seconds kLife{60};

  /// The references must outlive this. `kept_max` of 0: every list is read.
  BatchLists(const FeedStore& feed, const MovieTable& movies, const Clock& clock,
             telemetry::Metrics& metrics, std::size_t kept_max);

  /// Best first, without films that nobody here has heard of; empty when there is none; never null.
  /// Errors: those of FeedStore::find().
  Result<List> find(const ModelVersion& generation, const UserId& user) const;

 private:
  struct Kept {
    ModelVersion generation;
    List list;
    std::chrono::steady_clock::time_point read_at;
  };
  using Half = std::unordered_map<UserId, Kept>;
  struct Shard {
    std::mutex mutex;
    Half recent;
    Half earlier;  ///< goes when `recent` is full and takes its place
  };
  static constexpr std::size_t kShards = 16;

  Shard& shard_of(const UserId& user) const;
  List kept(const ModelVersion& generation, const UserId& user) const;
  void keep(const UserId& user, Kept list) const;

  const FeedStore& feed_;
  const MovieTable& movies_;
  const Clock& clock_;
  const std::size_t half_max_;  ///< of a shard
  telemetry::Counter& kept_;
  telemetry::Counter& read_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace marquee::serving
