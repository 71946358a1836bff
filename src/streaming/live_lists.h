#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_set>

#include "base/clock.h"
#include "domain/movie_table.h"
#include "ports/catalog_store.h"
#include "ports/fold_changes.h"
#include "ports/live_feed.h"
#include "retrieval/key_set.h"
#include "serving/live_tier.h"
#include "speed/state_follower.h"
#include "telemetry/metrics.h"

namespace marquee::streaming {

/// Makes the live tier's lists ahead for viewers whose profiles changed, by the code that serving
/// computes them with, and stores them in the feed. Holds the whole folded state in memory, as
/// every process that serves does. One thread.
class LiveLists {
 public:
  struct Ports {
    const FoldChanges& changes;
    const CatalogStore& catalog;
    LiveFeed& feed;
    MovieTable& movies;
    const Clock& clock;
    telemetry::Metrics& metrics;
  };
  /// All must outlive it.
  LiveLists(const Ports& ports, const serving::LiveTierOptions& options);

  /// The model whose lists are made from now on. Lists there are of another stay unused by serving
  /// until their viewers' next events.
  void set_model(std::shared_ptr<const models::FactorModel> model,
                 std::shared_ptr<const models::ItemNeighbors> neighbors);
  bool has_model() const { return generation_ != nullptr; }

  /// Reads what changed in the store since the last call (the first one loads the state and makes
  /// nothing), and stores a list for each viewer of it; says for how many. Without a model none.
  Result<std::size_t> make();

 private:
  Result<void> follow();
  Result<void> look_at_catalog();
  Result<LiveList> list_of(const UserProfile& profile) const;

  const Ports ports_;
  const serving::LiveTierOptions options_;
  const std::string recipe_;
  std::unordered_set<UserId> changed_;  ///< before follower_, which calls back into it
  std::unique_ptr<speed::StateFollower> follower_;
  std::shared_ptr<const serving::Generation> generation_;
  std::optional<std::uint64_t> revision_;  ///< of the catalogue
  retrieval::KeySet servable_;
};

}  // namespace marquee::streaming
