#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "ports/api_key_store.h"
#include "ports/audit_log.h"
#include "ports/catalog_store.h"
#include "ports/factor_store.h"
#include "ports/feed_store.h"
#include "ports/fold_changes.h"
#include "ports/fold_origin.h"
#include "ports/known_events.h"
#include "ports/live_feed.h"
#include "ports/model_registry.h"
#include "ports/partition_claims.h"
#include "ports/profile_store.h"
#include "ports/recommendation_log.h"
#include "ports/run_store.h"
#include "ports/vector_search.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// Something that nobody else has while this lives.
struct HeldLock {
  HeldLock() = default;
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  virtual ~HeldLock() = default;
};

/// Every store of a profile by its port. Which adapters are behind it only app/storage/storage.cpp
/// knows, which makes it.
struct Stores {
  Stores(const Stores&) = delete;
  Stores& operator=(const Stores&) = delete;
  virtual ~Stores() = default;

  /// Ok while writes can succeed; else why not. Any thread.
  virtual Result<void> health() const = 0;
  /// Exports what only this kind of store has from now on. `metrics` must outlive it.
  virtual void report_to(telemetry::Metrics& /*metrics*/) {}
  /// The right to write artifacts among all processes that share the stores; kUnavailable while
  /// another has it. Null where a directory has the stores to itself, and its lock is enough.
  virtual Result<std::unique_ptr<HeldLock>> lock_artifacts() { return std::unique_ptr<HeldLock>(); }

  ProfileStore& profiles;
  KnownEvents& known;
  FoldOrigin& origin;
  FeedStore& feed;
  CatalogStore& catalog;
  RecommendationLog& recommendations;
  ModelRegistry& models;
  RunStore& runs;
  ApiKeyStore& keys;
  AuditLog& audit;
  // Null where one process has the state to itself.
  PartitionClaims* claims = nullptr;
  const FoldChanges* changes = nullptr;
  const LiveFeed* live_feed = nullptr;
  /// Where a generation's item vectors can be searched; null where that is not possible.
  FactorStore* factors = nullptr;
  /// Searches them; empty with retrieval.search = "exact".
  std::function<Result<std::unique_ptr<VectorSearch>>(const ModelVersion&)> open_search;

 protected:
  /// `all` has a member of each of these names but `known`, and outlives this.
  template <typename All>
  explicit Stores(All& all)
      : profiles(all.profiles),
        known(all.profiles),
        origin(all.origin),
        feed(all.feed),
        catalog(all.catalog),
        recommendations(all.recommendations),
        models(all.models),
        runs(all.runs),
        keys(all.keys),
        audit(all.audit) {}
};

}  // namespace marquee::app
