#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "http/event_loop.h"
#include "http/filter.h"
#include "http/input_buffer.h"
#include "http/message.h"
#include "http/request_parser.h"
#include "http/transport.h"

namespace marquee::http {

/// One connection: reads a request, hands it to the router, writes the answer, and begins again.
/// Pipelined requests wait in the buffer, so answers keep their order. Lives on its loop's thread.
/// Internal to http/.
///
///   [handshaking ─▶] idle ─▶ reading ─▶ handling ─▶ writing ─▶ [streaming ─▶] idle
///              └── refused, too slow ──▶ writing ─▶ lingering ─▶ closed
///
/// While streaming, what the writer gives is sent piece by piece; a client that closes or does not
/// take a piece within the write timeout ends it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `tls` is null for a plain connection; `filter` may be null.
  Session(std::shared_ptr<EventLoop> loop, EventLoop::Tcp::socket socket,
          std::shared_ptr<Transport::Context> tls, std::unique_ptr<ConnectionFilter> filter);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  /// Ends what has taken longer than it may.
  void check_deadline(EventLoop::Clock::time_point now);
  /// Ends the connection now when it is idle, else after the present answer; a stream ends with
  /// what is queued.
  void drain();
  void close();
  /// The answer to the request with this number; ignored when it comes too late.
  void on_reply(std::uint64_t request_number, Response response);
  EventLoop& loop() { return *loop_; }

 private:
  enum class State {
    kHandshaking,
    kIdle,
    kReading,
    kHandling,
    kWriting,
    kStreaming,
    kLingering,
    kClosed
  };

  void enter(State state, std::chrono::milliseconds at_most);
  void read();
  void on_read(const boost::system::error_code& error, std::size_t size);
  void process();
  void send_continue();
  void handle_request();
  void refuse(Response response);
  void send(Response response);
  void on_written(const boost::system::error_code& error);
  void answer_next();
  void end_exchange();
  std::chrono::milliseconds time_for(std::size_t bytes) const;
  void start_stream();
  void send_piece();
  void on_piece_written(const boost::system::error_code& error);
  void linger();
  void read_to_end();

  const std::shared_ptr<EventLoop> loop_;  // first: outlives the socket
  Transport transport_;
  EventLoop::Sessions::iterator place_;
  State state_ = State::kIdle;
  EventLoop::Clock::time_point deadline_;

  InputBuffer in_;
  bool read_pending_ = false;
  bool too_slow_ = false;
  bool continue_sent_ = false;
  std::size_t lingered_bytes_ = 0;
  RequestParser parser_;
  const std::unique_ptr<ConnectionFilter> filter_;
  std::string remote_address_;

  // The request being answered.
  std::uint64_t request_number_ = 0;
  std::string_view method_;
  std::string_view route_;
  std::string path_;
  std::string accept_encoding_;
  bool is_head_ = false;
  bool close_after_ = false;
  EventLoop::Clock::time_point reading_since_;
  EventLoop::Clock::time_point handling_since_;
  std::size_t bytes_in_ = 0;
  std::size_t bytes_out_ = 0;
  bool answering_ = false;  ///< there is an exchange that the filter has not seen end
  std::string filter_lines_;
  std::string head_;  ///< and, while streaming, the piece being written
  Response response_;

  // While streaming.
  bool chunked_ = false;
  bool piece_pending_ = false;
  bool last_piece_ = false;
};

}  // namespace marquee::http
