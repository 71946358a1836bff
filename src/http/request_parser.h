#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace marquee::http {

/// Bytes to requests, strictly: what could be read in two ways is refused (RFC 9112; the ambiguity
/// table of request_parser_test.cpp). No sockets and no time, so that tests and fuzzers can drive
/// it. One parser serves one connection, one request after the other. Not thread-safe.
class RequestParser {
 public:
  struct Limits {
    std::size_t body_bytes_max = 1 << 20;
    std::size_t header_bytes_max = 16 << 10;
    std::size_t header_line_bytes_max = 8 << 10;
    std::size_t header_fields_max = 100;
    std::size_t target_bytes_max = 8 << 10;
    std::size_t chunk_header_bytes_max = 4 << 10;
  };
  enum class State {
    kMore,      ///< feed more
    kComplete,  ///< take() the request
    kRefused,   ///< answer refusal() and close: where the next request starts is unknown
  };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Reads from `bytes`, which start with what the last call left unconsumed, and returns how many
  /// are consumed. Bytes after a complete request are left for the next one.
  std::size_t feed(std::string_view bytes);
  State state() const;

  /// True when the head is complete, asked for "100 Continue" and the body is still to come.
  bool wants_continue() const;
  /// The complete request (without remote_address). Call start_next() before the next feed().
  Request take();
  /// Whether the client wants the connection to stay open.
  bool keep_alive() const;
  /// HTTP/1.1 and not 1.0.
  bool is_http_1_1() const;
  /// A HEAD request's answer has no body; known also when the rest was refused.
  bool is_head() const;
  /// The answer to what was refused; names the path when that much was understood.
  Response refusal() const;
  void start_next();

 private:
  class Message;

  const Limits limits_;
  std::unique_ptr<Message> message_;
};

}  // namespace marquee::http
