#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace marquee {

/// Every setting of the program with its default. Read once at start, then constant.
struct Settings {
  std::string data_dir = "data";

  std::string events = "file:";   ///< EventLog; "file:" is DIR/events
  std::string state = "sqlite:";  ///< stores; "sqlite:" is DIR/marquee.db
  std::string cache = "memory:";  ///< RecommendationCache
  std::string objects = "file:";  ///< ObjectStore; "file:" is DIR/lakehouse

  std::int64_t log_retention_days = 7;
  std::int64_t log_scrub_mb_per_s = 4;
  std::int64_t log_scrub_interval_s = 86'400;  ///< 0: never

  std::string server_host = "127.0.0.1";
  std::int64_t server_port = 8000;
  std::int64_t server_threads = 2;
  std::int64_t server_drain_s = 10;
  std::string server_roles = "api,speed,scheduler";

  std::string identity_viewing = "loopback";  ///< app/options/identity_options.h
  // JSON Web Tokens; "none" where there is no issuer.
  std::string identity_jwks_file = "none";
  std::string identity_jwks_url = "none";
  std::string identity_jwks_ca_file = "none";
  std::int64_t identity_jwks_refresh_s = 300;
  std::string identity_jwt_issuer = "none";
  std::string identity_jwt_audience = "none";
  std::string identity_jwt_role_claim = "role";
  std::string gateway_public = "auto";          ///< strangers reach the listener
  std::int64_t gateway_requests_per_min = 100;  ///< of one client; 0: any number
  std::int64_t gateway_connections_per_client = 64;
  std::string gateway_trusted_proxies = "none";
  std::string gateway_operators_from = "none";
  std::string gateway_cors_origins = "http://localhost:3000";
  std::string gateway_access_log = "off";
  std::string gateway_tls_certificate = "none";
  std::string gateway_tls_key = "none";

  std::int64_t log_queue_events_max = 8'192;  ///< that wait to be written; more are refused (503)

  std::string speed_engine = "native";
  std::int64_t speed_batch_interval_s = 5;

  std::int64_t canary_interval_s = 5;          ///< 0: no canary
  std::int64_t canary_visible_max_ms = 2'000;  ///< later than that is a failure

  std::int64_t serving_cache_ttl_s = 3'600;
  std::int64_t serving_cache_bytes_max = 64LL << 20;
  std::int64_t serving_batch_lists_kept = 10'000;          ///< viewers
  std::int64_t serving_near_cache_bytes_max = 32LL << 20;  ///< 0: no copies of lists in Redis
  double serving_batch_weight = 0.7;
  double serving_tier_share = 0.01;
  double serving_tier_share_per_s_max = 20;

  std::string retrieval_search = "exact";
  std::int64_t retrieval_ef_search = 200;

  // retrieval::HistoryWeights and SignalOptions, serving::LiveWeights
  double live_factors = 0.2;
  double live_neighbors = 1;
  double live_transitions = 1;
  double live_negative = 1;
  double live_transition_half_life_days = 2'500;
  double live_rating_weight = 1;
  double live_like_weight = 1;
  double live_view_weight = 1;
  double live_watchlist_add_weight = 0.5;
  double live_click_weight = 0.3;
  double live_search_click_weight = 0.3;
  double live_rating_half_life_days = 36'500;
  double live_like_half_life_days = 36'500;
  double live_view_half_life_days = 36'500;
  double live_watchlist_add_half_life_days = 36'500;
  double live_click_half_life_days = 36'500;
  double live_search_click_half_life_days = 36'500;

  double import_skipped_share_max = 0.001;  ///< malformed lines of a file, past which it is refused

  double popularity_half_life_days = 365;
  double popularity_floor = 0.05;

  std::int64_t train_rank = 64;
  std::int64_t train_epochs = 8;
  double train_unobserved_weight = 0.2;  ///< these three as models::IalsParameters has them
  double train_regularization = 0.007;
  double train_regularization_exp = 1.0;
  std::int64_t train_seed = 1;
  std::int64_t train_threads = 0;  ///< 0: every CPU

  std::int64_t batch_top_n = 100;
  std::int64_t batch_keep_generations = 3;

  bool scheduler_enabled = true;             ///< false: runs only when an operator says so
  std::string scheduler_cron = "0 2 * * *";  ///< UTC
  std::string scheduler_catch_up = "latest";
  std::int64_t scheduler_stage_retries_max = 2;
  std::int64_t scheduler_stage_timeout_s = 14'400;
  std::string scheduler_stage_program = "self";  ///< "self": this program
};

/// Values of speed.engine: who folds the topic.
constexpr std::string_view kNativeEngine = "native";
constexpr std::string_view kSparkEngine = "spark";
/// Values of retrieval.search.
constexpr std::string_view kExactSearch = "exact";
constexpr std::string_view kPgvectorSearch = "pgvector";

using SettingField = std::variant<std::string Settings::*, std::int64_t Settings::*,
                                  double Settings::*, bool Settings::*>;

/// One row of the table that all sources are read through.
struct Property {
  std::string_view key;  ///< "serving.cache_ttl_s"
  SettingField field;
  double min = 0;  ///< of numbers
  double max = 0;
  std::string_view help;
};

/// The table, in the order of documents and `config show`.
const std::vector<Property>& properties();

/// Where a value came from: "default", "FILE", "MARQUEE_…", "--flag".
using Origins = std::map<std::string, std::string, std::less<>>;

struct LoadedSettings {
  Settings settings;
  Origins origins;
  std::optional<std::string> file;  ///< the settings file that was read
};

/// Where settings come from, weakest first: defaults, a TOML file, the environment, flags.
struct SettingSources {
  std::optional<std::string> file;                         ///< must exist when given
  std::map<std::string, std::string> environment;          ///< all of it; only MARQUEE_* is read
  std::vector<std::pair<std::string, std::string>> flags;  ///< key → text
};

/// kInvalidArgument, naming the source, the key and the nearest known one or the range, for
/// anything that is no setting.
Result<LoadedSettings> load_settings(const SettingSources& sources);

/// The settings of `given`, and of DATA/marquee.toml unless they name another file.
Result<LoadedSettings> settings_of(const SettingSources& given);

/// "KEY=VALUE" as a flag; kInvalidArgument without '='.
Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text);

/// kInvalidArgument, naming the nearest known one, when there is no setting `key`.
Result<const Property*> property_of(std::string_view key);

/// The process's environment as a map.
std::map<std::string, std::string> process_environment();

/// A setting's value as text.
std::string setting_text(const Settings& settings, const Property& property);
/// The same for people: *** stands for a URI's password.
std::string shown_text(const Settings& settings, const Property& property);

}  // namespace marquee
