#include "app/server/application.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/embedded/event_log/log_scrub.h"
#include "adapters/embedded/files/server_file.h"
#include "api/change_streams.h"
#include "api/request_totals.h"
#include "api/routes.h"
#include "api/worker.h"
#include "app/assets.h"
#include "app/background/canary.h"
#include "app/background/folding.h"
#include "app/background/identity_upkeep.h"
#include "app/background/indexed_search.h"
#include "app/background/log_retention.h"
#include "app/background/shared_changes.h"
#include "app/nightly/child_stage_runner.h"
#include "app/nightly/nightly.h"
#include "app/options/gateway_options.h"
#include "app/options/identity_options.h"
#include "app/options/roles.h"
#include "app/options/serving_options.h"
#include "app/server/server_operations.h"
#include "app/storage/cache.h"
#include "app/storage/storage.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "gateway/access_log.h"
#include "http/fetch.h"
#include "http/router.h"
#include "http/server.h"
#include "identity/api_keys.h"
#include "identity/authenticator.h"
#include "identity/jwks_file.h"
#include "identity/jwks_url.h"
#include "identity/operator_token.h"
#include "ingest/ingestor.h"
#include "scheduling/scheduler.h"
#include "serving/movie_search.h"
#include "serving/recommendation_service.h"
#include "serving/shown_list_writer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace marquee::app {
namespace {

std::optional<api::PageAsset> find_page_asset(std::string_view path) {
  const auto asset = find_asset(path);
  if (!asset) return std::nullopt;
  return api::PageAsset{asset->content_type, asset->etag, asset->gzip_bytes, asset->immutable};
}

embedded::LogScrub::Options scrub_options(const Settings& settings, const DataPaths& paths) {
  embedded::LogScrub::Options options;
  options.directory = paths.events;
  options.bytes_per_s = static_cast<std::uint64_t>(settings.log_scrub_mb_per_s) * 1'000'000;
  options.interval = std::chrono::seconds(settings.log_scrub_interval_s);
  return options;
}

LogRetention::Options retention_options(const Settings& settings) {
  constexpr std::int64_t kMarginMs = 3'600'000;  // ids may be minutes ahead, clocks a little off
  LogRetention::Options options;
  options.keep_ms = settings.log_retention_days * kMillisecondsPerDay + kMarginMs;
  return options;
}

/// "http://[::1]:8000" for IPv6.
std::string address_of(std::string_view scheme, const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme, ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

Result<std::unique_ptr<identity::JwksUrl>> keys_at_address(const Settings& settings,
                                                           identity::JwtVerifier& tokens,
                                                           const Clock& clock) {
  MARQUEE_TRY(auto address, http::FetchAddress::parse(settings.identity_jwks_url));
  http::FetchOptions options;
  if (settings.identity_jwks_ca_file != "none") options.ca_file = settings.identity_jwks_ca_file;
  return std::make_unique<identity::JwksUrl>(
      [address = std::move(address), options] { return http::fetch(address, options); }, tokens,
      clock, identity::JwksUrl::Options{std::chrono::seconds(settings.identity_jwks_refresh_s)});
}

/// What the settings say of credentials.
struct Identity {
  static Result<Identity> open(const Settings& settings) {
    static const SystemClock kClock;
    Identity made;
    MARQUEE_TRY(made.viewing_is_open, viewing_is_open_at(settings));
    MARQUEE_TRY(const auto options, jwt_options(settings));
    if (!options) return made;
    made.tokens = std::make_unique<identity::JwtVerifier>(*options, kClock);
    if (settings.identity_jwks_url != "none") {
      MARQUEE_TRY(made.jwks_url, keys_at_address(settings, *made.tokens, kClock));
    } else {
      made.jwks = std::make_unique<identity::JwksFile>(settings.identity_jwks_file, *made.tokens);
    }
    return made;
  }

  bool viewing_is_open = false;
  std::unique_ptr<identity::JwtVerifier> tokens;
  std::unique_ptr<identity::JwksFile> jwks;
  std::unique_ptr<identity::JwksUrl> jwks_url;
};

}  // namespace

/// Everything of a server, in the order it is started; destroyed in reverse, after drain().
struct Application::Parts {
  Parts(const Settings& from, Roles given, std::unique_ptr<Storage> opened,
        identity::OperatorToken secret, Identity given_identity)
      : settings(from),
        roles(given),
        storage(std::move(opened)),
        token(std::move(secret)),
        tokens(std::move(given_identity.tokens)),
        jwks(std::move(given_identity.jwks)),
        jwks_url(std::move(given_identity.jwks_url)),
        authenticator({token, key_ring, tokens.get()}, given_identity.viewing_is_open) {}

  void make_scheduler(scheduling::Scheduler::Options options, std::vector<std::string> arguments);

  Result<void> start_identity();
  Result<void> start_fold();
  Result<void> start_serving();
  void make_log_upkeep();
  void make_indexed_search();
  void make_shared_changes();
  std::string process_name() const;
  void make_canary();
  Result<void> start_http();
  Result<std::string> start_local(http::Server::Options options);
  void start_log_upkeep();
  void close_log();
  void drain();
  std::vector<std::pair<std::string, QueueState>> queues() const;

  const Settings settings;
  const Roles roles;
  telemetry::Metrics metrics;
  std::unique_ptr<Storage> storage;
  const Clock& clock = storage->clock;
  identity::OperatorToken token;
  const std::unique_ptr<identity::JwtVerifier> tokens;  ///< none without an issuer
  const std::unique_ptr<identity::JwksFile> jwks;
  const std::unique_ptr<identity::JwksUrl> jwks_url;
  identity::KeyRing key_ring{clock};
  identity::ApiKeys keys{storage->stores->keys, key_ring, clock};
  identity::Authenticator authenticator;
  std::unique_ptr<IdentityUpkeep> identity_upkeep;
  std::unique_ptr<IdentityUpkeep> issuer_upkeep;  ///< of its own: an issuer may be slow
  Cache cache;
  std::unique_ptr<Folding> folding;
  std::unique_ptr<embedded::LogScrub> scrub;
  std::unique_ptr<LogRetention> retention;
  std::unique_ptr<ingest::Ingestor> ingestor;
  std::unique_ptr<serving::ShownListWriter> shown;
  std::unique_ptr<IndexedSearch> indexed;  ///< none with retrieval.search = "exact"
  std::unique_ptr<serving::RecommendationService> service;
  std::unique_ptr<serving::MovieSearch> search;
  std::unique_ptr<api::ChangeStreams> changes;
  std::unique_ptr<Canary> canary;  ///< none when it is off
  std::unique_ptr<ServerOperations> operations;
  std::unique_ptr<SharedChanges> shared_changes;  ///< none where nobody else changes anything
  std::unique_ptr<ChildStageRunner> stages;
  std::unique_ptr<scheduling::Scheduler> scheduler;  ///< none without the role
  api::RequestTotals totals;
  http::Router router;
  std::unique_ptr<api::Services> services;
  // The workers end before what their tasks use; the server ends before the workers.
  std::unique_ptr<api::Worker> readers = std::make_unique<api::Worker>();
  std::unique_ptr<api::Worker> operators = std::make_unique<api::Worker>();
  std::unique_ptr<api::Worker> auditors = std::make_unique<api::Worker>();
  std::unique_ptr<gateway::AccessLog> access_log;  ///< none when it is off
  std::unique_ptr<http::Filter> filter;
  std::unique_ptr<http::Tls> tls;  ///< none: plain connections
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Server>
      local;  ///< under TLS: plain, for commands and stages of this machine
  std::string address;
  std::string warning;
};

/// From now on what changes of keys is seen, by whomever it is changed.
Result<void> Application::Parts::start_identity() {
  std::vector<std::function<Result<void>()>> steps{[this] { return keys.refresh(); }};
  if (jwks != nullptr) steps.emplace_back([this] { return jwks->refresh(); });
  for (const auto& step : steps) MARQUEE_CHECK(step());
  identity_upkeep = std::make_unique<IdentityUpkeep>(std::move(steps));
  if (jwks_url == nullptr) return {};
  // An issuer that is away does not keep the server from starting: until then it knows no token.
  issuer_upkeep = std::make_unique<IdentityUpkeep>(
      std::vector<std::function<Result<void>()>>{[this] { return jwks_url->refresh(); }});
  return {};
}

Result<void> Application::Parts::start_fold() {
  MARQUEE_TRY(cache, Cache::open(settings, storage->movies, clock, metrics));
  const auto bump = [this](const UserId& user, std::uint64_t version) {
    cache.lists->bump(user, version);  // old lists become misses
  };
  const auto nothing = [](const UserId&, std::uint64_t) {};
  Folding::Ports ports{settings, *storage, metrics, bump, nothing};
  // Whoever stores a change tells all who share a cache; each tells a cache of its own, and a
  // shared one where the Spark job stores, which knows no cache.
  const bool stored_elsewhere = settings.speed_engine == kSparkEngine;
  if (!cache.is_shared || stored_elsewhere) std::swap(ports.on_stored, ports.on_visible);
  MARQUEE_TRY(folding, Folding::start(ports, roles));
  storage->stores->report_to(metrics);
  storage->report_objects_to(metrics);
  if (storage->owned_log != nullptr) storage->owned_log->report_to(metrics);
  if (storage->topic != nullptr) storage->topic->report_to(metrics);
  ingestor = std::make_unique<ingest::Ingestor>(*storage->log, clock, metrics,
                                                ingest::Ingestor::Options{});
  return {};
}

void Application::Parts::start_log_upkeep() {
  if (storage->owned_log == nullptr) return;  // Kafka's own business
  if (settings.log_scrub_interval_s > 0) scrub->start();
  retention->start();
}

Result<void> Application::Parts::start_serving() {
  shown = std::make_unique<serving::ShownListWriter>(storage->stores->recommendations, metrics,
                                                     serving::ShownListWriter::Options());
  auto options = serving_options(settings);
  if (cache.is_shared) options.cache_source = Source::kRedisCache;
  const LiveFeed* made_ahead = folding->is_folded_by_spark() ? storage->stores->live_feed : nullptr;
  service = std::make_unique<serving::RecommendationService>(
      serving::RecommendationService::Ports{clock, folding->live().state(), storage->stores->feed,
                                            *cache.lists, *shown, storage->movies, metrics,
                                            made_ahead},
      options);
  search = std::make_unique<serving::MovieSearch>(*service, folding->live().state());
  if (storage->owned_log != nullptr) make_log_upkeep();
  make_indexed_search();
  operations = std::make_unique<ServerOperations>(ServerOperations::Parts{
      *storage, clock, *ingestor, *folding, *service, cache,
      static_cast<std::size_t>(settings.batch_keep_generations),
      [this] { return scrub ? scrub->health() : Result<void>(); }, indexed.get()});
  MARQUEE_CHECK(operations->load_catalog());
  if (const auto model = operations->load_current_model(); !model.ok()) {
    warning = model.error().message;
  }
  return {};
}

void Application::Parts::make_log_upkeep() {
  scrub = std::make_unique<embedded::LogScrub>(
      storage->owned_log->segments(),
      [log = storage->log.get()] { return log->end().next(Offset::kEmbedded); },
      embedded::posix_disk(), clock, metrics, scrub_options(settings, storage->paths));
  retention = std::make_unique<LogRetention>(*storage, clock, metrics, retention_options(settings));
}

/// Who answers no requests searches nothing.
void Application::Parts::make_indexed_search() {
  const Stores& stores = *storage->stores;
  if (!stores.open_search || !roles.api) return;
  indexed = std::make_unique<IndexedSearch>(
      IndexedSearch::Ports{*stores.factors, stores.open_search, clock, metrics});
}

void Application::Parts::make_shared_changes() {
  if (!storage->paths.is_shared()) return;
  constexpr std::chrono::milliseconds kInterval{1'000};
  shared_changes = std::make_unique<SharedChanges>(
      SharedChanges::Ports{storage->stores->catalog, storage->stores->models,
                           [this] { return operations->load_catalog(); },
                           [this] { return operations->load_current_model(); }},
      kInterval);
}

/// The same after a restart, and another's for another process.
std::string Application::Parts::process_name() const {
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  return fmt::format("{}:{}", host.data(),
                     std::filesystem::absolute(storage->paths.directory).string());
}

void Application::Parts::make_canary() {
  if (settings.canary_interval_s == 0) return;
  Canary::Options options;
  if (storage->paths.is_shared()) options.viewer = canary_viewer(canary_place(process_name()));
  options.interval = std::chrono::seconds(settings.canary_interval_s);
  options.visible_max = std::chrono::milliseconds(settings.canary_visible_max_ms);
  if (folding
          ->is_folded_by_spark()) {  // a micro-batch may have begun just before, and take as long
    options.visible_max += 2 * std::chrono::seconds(settings.speed_batch_interval_s);
  }
  const auto list = [this, viewer = options.viewer]() -> Result<std::vector<MovieId>> {
    serving::RecommendationQuery query;
    query.user_id = viewer;
    MARQUEE_TRY(const RecommendationList recommended, service->recommend(query));
    std::vector<MovieId> films;
    for (const Recommendation& item : recommended.items) {
      films.push_back(storage->movies.id_of(item.movie));
    }
    return films;
  };
  canary = std::make_unique<Canary>(
      Canary::Ports{*ingestor, folding->live().state(), clock, metrics, list}, std::move(options));
  operations->set_canary(canary.get());
}

Result<void> Application::Parts::start_http() {
  changes = std::make_unique<api::ChangeStreams>(*storage->log, folding->live().state(), clock,
                                                 api::ChangeStreams::Options{});
  services = std::make_unique<api::Services>(api::Services{clock,
                                                           metrics,
                                                           storage->movies,
                                                           *ingestor,
                                                           *storage->log,
                                                           folding->live().state(),
                                                           folding->profiles(),
                                                           storage->stores->recommendations,
                                                           *service,
                                                           *search,
                                                           *changes,
                                                           storage->stores->runs,
                                                           scheduler.get(),
                                                           authenticator,
                                                           keys,
                                                           storage->stores->audit,
                                                           *operations,
                                                           *readers,
                                                           *operators,
                                                           *auditors,
                                                           totals,
                                                           find_page_asset,
                                                           [this] { return queues(); }});
  if (roles.api) {
    api::register_routes(router, *services);
  } else {
    api::register_service_routes(router, *services);
  }
  http::Server::Options options;
  options.host = settings.server_host;
  options.port = static_cast<std::uint16_t>(settings.server_port);
  options.threads = static_cast<std::size_t>(settings.server_threads);
  if (settings.gateway_access_log != "off") {
    MARQUEE_TRY(access_log, gateway::AccessLog::open(settings.gateway_access_log, metrics));
  }
  MARQUEE_TRY(auto promises, gateway_options(settings, storage->paths.is_shared()));
  filter = gateway::make_gateway(std::move(promises), clock, access_log.get());
  MARQUEE_TRY(tls, tls_of(settings));
  options.tls = tls.get();
  MARQUEE_TRY(server, http::Server::start(options, router, metrics, filter.get()));
  address = address_of(tls ? "https" : "http", settings.server_host, server->port());
  MARQUEE_TRY(const std::string own_address, start_local(options));
  const auto token_file = std::filesystem::absolute(storage->paths.directory / "operator.token");
  return embedded::write_server_file(storage->paths.directory,
                                     {own_address, ::getpid(), token_file.string()});
}

/// Commands and stages know no certificate's name, and have nothing to hide on their way to this
/// machine. Where they reach the server.
Result<std::string> Application::Parts::start_local(http::Server::Options options) {
  if (!tls) return address;
  options.host = "127.0.0.1";
  options.port = 0;
  options.threads = 1;
  options.tls = nullptr;
  MARQUEE_TRY(local, http::Server::start(options, router, metrics, filter.get()));
  return address_of("http", options.host, local->port());
}

std::vector<std::pair<std::string, QueueState>> Application::Parts::queues() const {
  const auto cache_bytes_max =
      cache.is_shared ? 0 : static_cast<std::uint64_t>(settings.serving_cache_bytes_max);
  const QueueState cached{cache.lists->bytes(), cache_bytes_max, 0};
  const QueueState appending =
      storage->owned_log != nullptr ? storage->owned_log->queue() : storage->topic->queue();
  return {{"log_events", appending},
          {"waiters", folding->live().waiters()},
          {"unstored_events", folding->unstored()},
          {"shown_lists", shown->queue()},
          {"readers", readers->queue()},
          {"operators", operators->queue()},
          {"streams", changes->streams()},
          {"connections", server->connections()},
          {"cache_bytes", cached}};
}

void Application::Parts::make_scheduler(scheduling::Scheduler::Options options,
                                        std::vector<std::string> arguments) {
  const std::string& program = settings.scheduler_stage_program;
  stages = std::make_unique<ChildStageRunner>(ChildStageRunner::Options{
      program == "self" ? ChildStageRunner::self() : program,
      std::filesystem::absolute(storage->paths.directory), std::move(arguments)});
  if (storage->paths.is_shared()) options.holder = process_name();
  scheduler = std::make_unique<scheduling::Scheduler>(
      scheduling::Scheduler::Ports{storage->stores->runs, *stages, clock, metrics},
      std::move(options));
}

void Application::Parts::close_log() {
  if (storage->topic != nullptr) storage->topic->close();
  if (storage->owned_log == nullptr) return;
  if (const auto closed = storage->owned_log->close(); !closed.ok()) {
    telemetry::log(telemetry::Level::kError, "app", closed.error().message);
  }
}

void Application::Parts::drain() {
  if (operations != nullptr) operations->set_ready(false);
  if (canary != nullptr) canary->stop();
  retention.reset();
  shared_changes.reset();
  identity_upkeep.reset();
  if (indexed != nullptr) indexed->stop();
  if (scheduler != nullptr) scheduler->stop();  // while its stage can still reach this server
  if (server != nullptr) server->drain(std::chrono::seconds(settings.server_drain_s));
  if (local != nullptr) local->drain(std::chrono::seconds(settings.server_drain_s));
  close_log();
  if (folding != nullptr) folding->stop();
  // Their tasks hand work to one another: all refuse more before the first one goes.
  const std::array workers{auditors.get(), readers.get(), operators.get()};
  for (api::Worker* worker : workers) worker->stop();
  for (api::Worker* worker : workers) worker->join();
  (void)embedded::remove_server_file(storage->paths.directory);
}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Application::~Application() {
  if (parts_ != nullptr) parts_->drain();
}

Result<std::unique_ptr<Application>> Application::start(const Settings& settings,
                                                        std::vector<std::string> stage_arguments) {
  MARQUEE_TRY(const Roles roles, parse_roles(settings.server_roles));
  MARQUEE_TRY(auto nightly, scheduler_options(settings));
  MARQUEE_TRY(Identity credentials, Identity::open(settings));
  MARQUEE_TRY(const DataPaths paths, data_paths(settings));
  if (!paths.is_shared()) MARQUEE_CHECK(check_alone(roles));
  MARQUEE_TRY(auto storage, Storage::open_owner(settings));
  MARQUEE_TRY(auto token,
              identity::OperatorToken::load_or_create(storage->paths.directory / "operator.token"));
  auto parts = std::make_unique<Parts>(settings, roles, std::move(storage), std::move(token),
                                       std::move(credentials));
  auto application = std::make_unique<Application>(std::move(parts));
  Parts& running = *application->parts_;
  MARQUEE_CHECK(running.storage->watch_objects(settings));
  MARQUEE_CHECK(running.start_fold());
  MARQUEE_CHECK(running.start_serving());
  running.make_shared_changes();
  MARQUEE_CHECK(running.start_identity());
  if (roles.api) running.make_canary();
  if (roles.scheduler) running.make_scheduler(std::move(nightly), std::move(stage_arguments));
  MARQUEE_CHECK(running.start_http());
  if (running.scheduler != nullptr) running.scheduler->start();  // its stages ask this server
  running.operations->set_ready(true);
  if (running.canary != nullptr) running.canary->start();
  if (running.shared_changes != nullptr) running.shared_changes->start();
  if (running.indexed != nullptr) running.indexed->start();
  running.start_log_upkeep();
  return application;
}

const std::string& Application::address() const { return parts_->address; }
const std::string& Application::operator_token() const { return parts_->token.text(); }
bool Application::has_certificate() const { return parts_->tls != nullptr; }
Result<void> Application::reload_certificate() {
  return parts_->tls ? parts_->tls->reload() : Result<void>();
}
const std::string& Application::warning() const { return parts_->warning; }

}  // namespace marquee::app
