#include "gateway/gateway.h"

#include <atomic>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "gateway/access_log.h"
#include "gateway/client_address.h"
#include "gateway/client_connections.h"
#include "gateway/public_path.h"
#include "gateway/rate_limiter.h"
#include "gateway/request_id.h"

namespace marquee::gateway {
namespace {

/// Whole seconds, rounded up: who waits that long has waited long enough.
std::int64_t seconds_of(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return (nanoseconds + kSecond - 1) / kSecond;
}

std::int64_t nanoseconds_of(std::chrono::steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

/// What all connections share.
struct Shared {
  Shared(GatewayOptions given, const Clock& time, AccessLog* lines)
      : options(std::move(given)),
        clock(time),
        log(lines),
        connections(options.is_public ? options.connections_per_client : 0) {
    if (options.is_public && options.requests_per_min > 0) {
      limiter.emplace(Gcra::per_minute(options.requests_per_min));
    }
  }

  const GatewayOptions options;
  const Clock& clock;
  AccessLog* const log;
  ClientConnections connections;
  std::optional<RateLimiter> limiter;
  std::atomic<std::uint64_t> next_connection = 0;
};

class GatewayConnection final : public http::ConnectionFilter {
 public:
  /// `counted`: whether the connection counts among its client's.
  GatewayConnection(Shared& shared, const http::Peer& peer, bool counted)
      : shared_(shared),
        peer_{peer.address},
        is_this_machine_(peer.is_this_machine),
        is_tls_(peer.is_tls),
        counted_(counted),
        number_(shared.next_connection.fetch_add(1, std::memory_order_relaxed)),
        peer_text_(peer_.text()),
        client_text_(peer_text_) {}
  ~GatewayConnection() override {
    if (counted_) shared_.connections.remove(peer_.client_key());
  }

  std::optional<http::Response> on_request(http::Request& request) override;
  void on_refusal() override;
  void append_headers(std::string& lines) override;
  void on_end(const http::Exchange& exchange) override;

 private:
  void begin();
  void set_client(http::Request& request);
  bool is_operator(const http::Request& request) const;
  std::optional<http::Response> on_api(const http::Request& request);
  std::optional<http::Response> count_request();

  Shared& shared_;
  const IpAddress peer_;
  const bool is_this_machine_;
  const bool is_tls_;
  const bool counted_;
  const std::uint64_t number_;
  const std::string peer_text_;

  // The exchange under way.
  std::uint64_t requests_ = 0;
  RequestId id_;
  IpAddress client_;
  std::string client_text_;
  bool is_api_ = false;
  bool is_preflight_ = false;
  const std::string* origin_ = nullptr;  ///< when it is on the list
  std::optional<Gcra::Decision> limited_;
};

void GatewayConnection::begin() {
  id_.make(number_, ++requests_);
  client_ = peer_;
  client_text_ = peer_text_;
  is_api_ = is_preflight_ = false;
  origin_ = nullptr;
  limited_.reset();
}

void GatewayConnection::on_refusal() { begin(); }

void GatewayConnection::set_client(http::Request& request) {
  if (const auto wanted = request.header("x-request-id")) (void)id_.take(*wanted);
  const auto client = client_address(peer_, request.headers, shared_.options.trusted_proxies);
  if (client == peer_) return;
  client_ = client;
  client_text_ = client_.text();
  request.remote_address = client_text_;
}

std::optional<http::Response> GatewayConnection::on_request(http::Request& request) {
  begin();
  set_client(request);
  const PathKind kind = kind_of(request.path);
  switch (kind) {
    case PathKind::kOutside:
      return http::problem(400, "the path leads out of the root");
    case PathKind::kOperators:
      if (!is_operator(request)) return http::problem(404, "there is nothing here for the public");
      return std::nullopt;
    case PathKind::kStream:
    case PathKind::kApi:
      is_api_ = true;
      if (auto answer = on_api(request)) return answer;
      return kind == PathKind::kApi ? count_request() : std::nullopt;
    case PathKind::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Whoever sits at this machine, and the networks that settings name. A request that came through a
/// proxy which is not believed may be anybody's.
bool GatewayConnection::is_operator(const http::Request& request) const {
  if (!shared_.options.is_public) return true;
  if (contains(shared_.options.operator_networks, client_)) return true;
  if (!is_this_machine_) return false;
  return client_ == peer_ ? !says_forwarded(request.headers) : client_.is_loopback();
}

std::optional<http::Response> GatewayConnection::on_api(const http::Request& request) {
  const auto origin = request.header("origin");
  if (origin) origin_ = shared_.options.cors.find(*origin);
  is_preflight_ = is_preflight(request);
  if (!is_preflight_) return std::nullopt;
  if (origin_ == nullptr) {
    return http::problem(403, "the page that asks is not on the list of those that may");
  }
  http::Response allowed;
  allowed.status = 204;
  return allowed;
}

std::optional<http::Response> GatewayConnection::count_request() {
  if (!shared_.limiter) return std::nullopt;
  limited_ = shared_.limiter->ask(client_.client_key(), nanoseconds_of(shared_.clock.steady()));
  if (limited_->passes) return std::nullopt;
  http::Response refused =
      http::problem(429, fmt::format("a client may send {} requests a minute; wait before the next",
                                     shared_.options.requests_per_min));
  refused.headers = {{"Retry-After", std::to_string(seconds_of(limited_->wait))}};
  return refused;
}

void GatewayConnection::append_headers(std::string& lines) {
  lines += "X-Request-ID: ";
  lines += id_.text();
  lines += "\r\n";
  if (is_tls_) lines += "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";
  if (is_api_) append_cors_headers(lines, origin_, is_preflight_);
  if (!limited_) return;
  // draft-ietf-httpapi-ratelimit-headers-10: what is left, and when all of it is there again.
  fmt::format_to(std::back_inserter(lines),
                 "RateLimit-Policy: \"client\";q={};w=60\r\nRateLimit: \"client\";r={};t={}\r\n",
                 shared_.options.requests_per_min, limited_->remaining, seconds_of(limited_->full));
}

void GatewayConnection::on_end(const http::Exchange& exchange) {
  if (shared_.log == nullptr) return;
  shared_.log->add({shared_.clock.wall_ms(), id_.text(), client_text_, &exchange}, number_);
}

class Gateway final : public http::Filter {
 public:
  Gateway(GatewayOptions options, const Clock& clock, AccessLog* log)
      : shared_(std::move(options), clock, log) {}

  std::unique_ptr<http::ConnectionFilter> accept(const http::Peer& peer) override {
    const IpAddress address{peer.address};
    // A proxy has the connections of many clients.
    const bool counted =
        shared_.options.is_public && !contains(shared_.options.trusted_proxies, address);
    if (counted && !shared_.connections.try_add(address.client_key())) return nullptr;
    return std::make_unique<GatewayConnection>(shared_, peer, counted);
  }

 private:
  Shared shared_;
};

}  // namespace

std::unique_ptr<http::Filter> make_gateway(GatewayOptions options, const Clock& clock,
                                           AccessLog* log) {
  return std::make_unique<Gateway>(std::move(options), clock, log);
}

}  // namespace marquee::gateway
