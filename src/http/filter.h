#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace marquee::http {

/// Who has connected. The address in network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
struct Peer {
  std::array<std::uint8_t, 16> address{};
  /// It connects from loopback, or from the address it connects to.
  bool is_this_machine = false;
  bool is_tls = false;
};

/// One exchange when it is over, for a log.
struct Exchange {
  std::string_view method;  ///< empty: the request could not be read; so is the path
  std::string_view path;
  int status = 0;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  double seconds = 0;  ///< from the complete request to the end of its answer
};

/// What a filter does on one connection, whose exchanges follow each other: on_request or
/// on_refusal, append_headers, on_end. On the connection's I/O thread; must not block.
class ConnectionFilter {
 public:
  ConnectionFilter() = default;
  ConnectionFilter(const ConnectionFilter&) = delete;
  ConnectionFilter& operator=(const ConnectionFilter&) = delete;
  virtual ~ConnectionFilter() = default;

  /// A complete request before its route; may correct its remote_address. An answer ends it here.
  virtual std::optional<Response> on_request(Request& request) = 0;
  /// A request that was refused while it was read.
  virtual void on_refusal() = 0;
  /// Appends header lines, each with its CRLF, to the head of the answer.
  virtual void append_headers(std::string& lines) = 0;
  virtual void on_end(const Exchange& exchange) = 0;
};

/// What stands before every route of a server and sees every answer. Thread-safe.
class Filter {
 public:
  Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  virtual ~Filter() = default;

  /// Null when this peer holds as many connections as it may.
  virtual std::unique_ptr<ConnectionFilter> accept(const Peer& peer) = 0;
};

}  // namespace marquee::http
