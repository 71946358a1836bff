#include "settings/settings.h"

namespace marquee {
namespace {

using S = Settings;

std::vector<Property> server_properties() {
  return {
      {"data_dir", &S::data_dir, 0, 0, "directory that holds everything (--data)"},
      {"events", &S::events, 0, 0, "event log: file:[DIR] or kafka://HOST:PORT/TOPIC"},
      {"state", &S::state, 0, 0, "state and catalogue: sqlite:[FILE] or postgresql://…"},
      {"cache", &S::cache, 0, 0, "L1 cache: memory:, redis://HOST:PORT, rediss:// under TLS"},
      {"objects", &S::objects, 0, 0, "lakehouse: file:[DIR] or s3://BUCKET?endpoint=…"},
      {"server.host", &S::server_host, 0, 0, "address to listen on (--host)"},
      {"server.port", &S::server_port, 0, 65'535, "port to listen on, 0 picks one (--port)"},
      {"server.threads", &S::server_threads, 1, 256, "threads that serve requests"},
      {"server.drain_s", &S::server_drain_s, 0, 600, "seconds given to requests at shutdown"},
      {"server.roles", &S::server_roles, 0, 0, "of api, speed, scheduler (--roles)"},
      {"log.retention_days", &S::log_retention_days, 7, 36'500,
       "days that archived events stay in the log, too"},
      {"log.scrub_mb_per_s", &S::log_scrub_mb_per_s, 1, 10'000, "MB/s at which the log is re-read"},
      {"log.scrub_interval_s", &S::log_scrub_interval_s, 0, 31'536'000,
       "from one re-reading of the log to the next, 0: never"},
      {"log.queue_events_max", &S::log_queue_events_max, 1, 10'000'000,
       "events that may wait to be written; more are refused with 503"},
      {"speed.engine", &S::speed_engine, 0, 0,
       "who folds: native (the role speed) or spark (the job streaming_recommendations.py)"},
      {"speed.batch_interval_s", &S::speed_batch_interval_s, 0, 3'600,
       "of that job, from one micro-batch to the next (SPARK_STREAMING_BATCH_INTERVAL); native has "
       "none"},
      {"canary.interval_s", &S::canary_interval_s, 0, 3'600,
       "seconds between measurements of freshness, 0: none"},
      {"canary.visible_max_ms", &S::canary_visible_max_ms, 1, 600'000,
       "after which a measurement has failed"},
  };
}

std::vector<Property> identity_properties() {
  return {
      {"identity.viewing", &S::identity_viewing, 0, 0,
       "who may view without a credential: loopback, token (nobody) or anyone"},
      {"identity.jwks_file", &S::identity_jwks_file, 0, 0,
       "JSON Web Key set of the issuer whose tokens are taken; none: no tokens, or jwks_url"},
      {"identity.jwks_url", &S::identity_jwks_url, 0, 0,
       "the same at an https address (http on this machine), fetched again and again"},
      {"identity.jwks_ca_file", &S::identity_jwks_ca_file, 0, 0,
       "PEM of whom to trust there; none: whom this machine trusts"},
      {"identity.jwks_refresh_s", &S::identity_jwks_refresh_s, 30, 86'400,
       "seconds from one fetch to the next; a token of an unknown key brings it forward to 30"},
      {"identity.jwt_issuer", &S::identity_jwt_issuer, 0, 0, "what iss must be"},
      {"identity.jwt_audience", &S::identity_jwt_audience, 0, 0, "what aud must be, or hold"},
      {"identity.jwt_role_claim", &S::identity_jwt_role_claim, 0, 0,
       "claim that names the role; a token without it is a viewer's"},
  };
}

std::vector<Property> gateway_properties() {
  return {
      {"gateway.public", &S::gateway_public, 0, 0,
       "limits for strangers: yes, no or auto (embedded, unless it listens on loopback)"},
      {"gateway.requests_per_min", &S::gateway_requests_per_min, 0, 1'000'000,
       "of one client on /api/ when public, 0: any number"},
      {"gateway.connections_per_client", &S::gateway_connections_per_client, 0, 1'000'000,
       "that one client may hold when public, 0: any number"},
      {"gateway.trusted_proxies", &S::gateway_trusted_proxies, 0, 0,
       "addresses and networks whose X-Forwarded-For is believed, or none"},
      {"gateway.operators_from", &S::gateway_operators_from, 0, 0,
       "networks beside this machine that reach /metrics and /api/admin when public, or none"},
      {"gateway.cors_origins", &S::gateway_cors_origins, 0, 0,
       "pages elsewhere that may call /api/, or none"},
      {"gateway.access_log", &S::gateway_access_log, 0, 0,
       "a JSON line for each request: off, stdout, stderr or a file"},
      {"gateway.tls_certificate", &S::gateway_tls_certificate, 0, 0,
       "PEM file of the certificate and its chain: TLS; none: plain"},
      {"gateway.tls_key", &S::gateway_tls_key, 0, 0, "PEM file of the certificate's key, or none"},
  };
}

std::vector<Property> serving_properties() {
  return {
      {"serving.cache_ttl_s", &S::serving_cache_ttl_s, 0, 31'536'000, "life of a cached list"},
      {"serving.cache_bytes_max", &S::serving_cache_bytes_max, 0, 1e12, "memory bound of L1"},
      {"serving.near_cache_bytes_max", &S::serving_near_cache_bytes_max, 0, 1e12,
       "memory bound of this process's copies of lists in Redis, 0: none"},
      {"serving.batch_lists_kept", &S::serving_batch_lists_kept, 0, 1e9,
       "viewers whose lists of L3 this process keeps for a minute, about 1 KB each, 0: none"},
      {"serving.batch_weight", &S::serving_batch_weight, 0, 1, "share of L3 in the blend"},
      {"serving.tier_share", &S::serving_tier_share, 0, 1,
       "share of plain requests that lower tiers answer, so that each is in use"},
      {"serving.tier_share_per_s_max", &S::serving_tier_share_per_s_max, 0, 1e9,
       "and at most so many of them a second, 0: none"},
      {"retrieval.search", &S::retrieval_search, 0, 0,
       "who finds L2's candidates: exact (the own sweep) or pgvector"},
      {"retrieval.ef_search", &S::retrieval_ef_search, 1, 1'000,
       "candidates that pgvector's index keeps: recall against time"},
      {"popularity.half_life_days", &S::popularity_half_life_days, 0.01, 36'500,
       "after which a viewer counts half"},
      {"popularity.floor", &S::popularity_floor, 0, 1, "share of a viewer that never decays"},
  };
}

std::vector<Property> live_properties() {
  return {
      {"live.factors", &S::live_factors, 0, 100,
       "weight in L2 of the viewer folded into the model"},
      {"live.neighbors", &S::live_neighbors, 0, 100, "weight in L2 of films like those liked"},
      {"live.transitions", &S::live_transitions, 0, 100, "weight in L2 of what is liked next"},
      {"live.negative", &S::live_negative, 0, 100,
       "what a film turned against takes from films like it"},
      {"live.transition_half_life_days", &S::live_transition_half_life_days, 0.01, 1e6,
       "after which a transition counts half"},
      {"live.rating_weight", &S::live_rating_weight, 0, 100,
       "what a rating of 4 stars and more is worth"},
      {"live.rating_half_life_days", &S::live_rating_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.like_weight", &S::live_like_weight, 0, 100, "what a like is worth"},
      {"live.like_half_life_days", &S::live_like_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.view_weight", &S::live_view_weight, 0, 100, "what half a film watched is worth"},
      {"live.view_half_life_days", &S::live_view_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.watchlist_add_weight", &S::live_watchlist_add_weight, 0, 100,
       "what a film saved is worth"},
      {"live.watchlist_add_half_life_days", &S::live_watchlist_add_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.click_weight", &S::live_click_weight, 0, 100, "what a click is worth"},
      {"live.click_half_life_days", &S::live_click_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.search_click_weight", &S::live_search_click_weight, 0, 100,
       "what a click in a search is worth"},
      {"live.search_click_half_life_days", &S::live_search_click_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
  };
}

std::vector<Property> batch_properties() {
  return {
      {"import.skipped_share_max", &S::import_skipped_share_max, 0, 1,
       "malformed lines of a file that are skipped, as a share"},
      {"train.rank", &S::train_rank, 1, 1'024, "length of the vectors (ALS_RANK)"},
      {"train.epochs", &S::train_epochs, 1, 1'000, "passes over the data (ALS_MAX_ITER)"},
      {"train.unobserved_weight", &S::train_unobserved_weight, 1e-9, 1'000, "alpha_0 of iALS"},
      {"train.regularization", &S::train_regularization, 1e-9, 1'000, "lambda of iALS"},
      {"train.regularization_exp", &S::train_regularization_exp, 0, 2, "nu of iALS"},
      {"train.seed", &S::train_seed, 0, 9e15, "seed of the first vectors"},
      {"train.threads", &S::train_threads, 0, 1'024, "threads that train, 0: every CPU"},
      {"batch.top_n", &S::batch_top_n, 1, 1'000, "films generated a viewer (RECOMMENDATION_TOP_N)"},
      {"batch.keep_generations", &S::batch_keep_generations, 2, 100, "generations kept"},
      {"scheduler.enabled", &S::scheduler_enabled, 0, 0, "start the nightly run by itself"},
      {"scheduler.cron", &S::scheduler_cron, 0, 0, "when, five fields of crontab, UTC"},
      {"scheduler.catch_up", &S::scheduler_catch_up, 0, 0, "missed runs: none, latest or all"},
      {"scheduler.stage_retries_max", &S::scheduler_stage_retries_max, 0, 100,
       "tries after the first of a stage that failed"},
      {"scheduler.stage_timeout_s", &S::scheduler_stage_timeout_s, 1, 604'800,
       "after which a stage is ended"},
      {"scheduler.stage_program", &S::scheduler_stage_program, 0, 0,
       "runs as PROGRAM batch STAGE …; self: this program"},
  };
}

std::vector<Property> all_properties() {
  std::vector<Property> table;
  for (const auto& section : {server_properties(), gateway_properties(), identity_properties(),
                              serving_properties(), live_properties(), batch_properties()}) {
    table.insert(table.end(), section.begin(), section.end());
  }
  return table;
}

}  // namespace

const std::vector<Property>& properties() {
  static const std::vector<Property> kTable = all_properties();
  return kTable;
}

}  // namespace marquee
