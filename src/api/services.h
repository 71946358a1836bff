#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "api/change_streams.h"
#include "api/operations.h"
#include "api/request_totals.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/queue_state.h"
#include "domain/movie_table.h"
#include "identity/api_keys.h"
#include "identity/authenticator.h"
#include "ingest/ingestor.h"
#include "ports/audit_log.h"
#include "ports/event_log.h"
#include "ports/folded_state.h"
#include "ports/profile_store.h"
#include "ports/recommendation_log.h"
#include "ports/run_store.h"
#include "scheduling/scheduler.h"
#include "serving/movie_search.h"
#include "serving/recommendation_service.h"
#include "telemetry/metrics.h"

namespace marquee::api {

/// A file of the page: gzip bytes that outlive the process.
struct PageAsset {
  std::string_view content_type;
  std::string_view etag;
  std::string_view gzip_bytes;
  bool immutable = false;  ///< its name holds a hash of its content
};
using FindAsset = std::function<std::optional<PageAsset>(std::string_view path)>;

/// What the routes stand on; everything outlives the router.
struct Services {
  const Clock& clock;
  telemetry::Metrics& metrics;
  const MovieTable& movies;
  ingest::Ingestor& ingestor;
  EventLog& log;
  FoldedState& state;
  const ProfileStore& profiles;
  RecommendationLog& shown;
  serving::RecommendationService& recommendations;
  serving::MovieSearch& search;
  ChangeStreams& changes;
  RunStore& runs;
  scheduling::Scheduler* scheduler;  ///< null: this process does not schedule
  const identity::Authenticator& authenticator;
  identity::ApiKeys& keys;
  AuditLog& audit_log;
  Operations& operations;
  Worker& readers;    ///< store reads and answers that waited
  Worker& operators;  ///< operators' calls, which may take seconds
  Worker& auditors;   ///< writes to the audit log
  RequestTotals& totals;
  FindAsset find_asset;
  /// Everything that has a limit, by name; may be empty.
  std::function<std::vector<std::pair<std::string, QueueState>>()> queues = nullptr;
};

}  // namespace marquee::api
