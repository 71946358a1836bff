#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/queue_state.h"
#include "base/result.h"
#include "http/filter.h"
#include "http/router.h"
#include "http/tls.h"
#include "telemetry/metrics.h"

namespace marquee::http {

/// An HTTP/1.1 server: one acceptor and one event loop a thread (SO_REUSEPORT). Asio lives in
/// server.cpp, event_loop.cpp and session.cpp only, Beast in request_parser.cpp only.
///
/// Counts marquee_requests_total{route,status} and marquee_request_seconds{route,tier}, where route
/// is the pattern ("unmatched" for none, "refused" for what never became a request).
class Server {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8000;  ///< 0 picks a free one
    std::size_t threads = 2;
    std::size_t body_bytes_max = 1 << 20;
    std::size_t header_bytes_max = 16 << 10;
    std::size_t connections_max = 10'000;
    /// From a request's first byte to its last. Who sends or takes a large body has a second more
    /// for each `bytes_per_s_min` of it: a slow line is served, one that dribbles is not.
    std::chrono::milliseconds request_timeout{10'000};
    std::size_t bytes_per_s_min = 16 << 10;
    std::chrono::milliseconds idle_timeout{60'000};     ///< between requests
    std::chrono::milliseconds handler_timeout{30'000};  ///< a handler that is slower: 503
    std::chrono::milliseconds write_timeout{30'000};
    /// How long and how much of a refused client's input is read and thrown away, so that it gets
    /// the answer instead of a reset while it is still sending.
    std::chrono::milliseconds linger{5'000};
    std::size_t linger_bytes_max = 64 << 20;
    const Tls* tls = nullptr;  ///< null: plain connections; outlives the server
  };

  /// Binds and starts serving. kUnavailable, naming address and cause, when the port is taken.
  /// `router`, `metrics` and `filter` (null: none) must outlive the server.
  static Result<std::unique_ptr<Server>> start(const Options& options, const Router& router,
                                               telemetry::Metrics& metrics,
                                               Filter* filter = nullptr);
  virtual ~Server() = default;

  /// The port that was bound.
  virtual std::uint16_t port() const = 0;
  virtual QueueState connections() const = 0;
  /// Stops accepting, answers what is under way with "Connection: close", closes idle connections,
  /// and returns when all are gone or `patience` is over. Call once.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace marquee::http
