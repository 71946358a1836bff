#include "http/session.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "http/response_head.h"
#include "telemetry/log.h"

namespace marquee::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadSize = 4 << 10;
constexpr std::size_t kBodyReadSize = 64 << 10;
/// A client that leaves its idle connection open must not hold a shutdown up.
constexpr std::chrono::milliseconds kLingerDraining{1'000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// The way back of one answer. Its last copy to go unanswered answers 500, so that a forgetful
/// handler cannot leave a client waiting.
class PendingReply {
 public:
  PendingReply(std::shared_ptr<Session> session, std::uint64_t request_number)
      : session_(std::move(session)), request_number_(request_number) {}
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;
  ~PendingReply() {
    if (!answered_.load()) answer(problem(500, "the server did not answer this request"));
  }

  void answer(Response response) {
    if (answered_.exchange(true)) return;
    // Moved out: the session must be let go on its own thread.
    const std::shared_ptr<Session> session = std::move(session_);
    EventLoop& loop = session->loop();
    if (loop.runs_here()) {
      session->on_reply(request_number_, std::move(response));
      return;
    }
    loop.post([session, number = request_number_, response = std::move(response)]() mutable {
      session->on_reply(number, std::move(response));
    });
  }

 private:
  std::shared_ptr<Session> session_;
  const std::uint64_t request_number_;
  std::atomic<bool> answered_ = false;
};

RequestParser::Limits parser_limits(const Server::Options& options) {
  RequestParser::Limits limits;
  limits.body_bytes_max = options.body_bytes_max;
  limits.header_bytes_max = options.header_bytes_max;
  return limits;
}

Envelope::Framing framing_of(bool streams, bool chunked) {
  if (!streams) return Envelope::Framing::kLength;
  return chunked ? Envelope::Framing::kChunked : Envelope::Framing::kUntilClose;
}

}  // namespace

Session::Session(std::shared_ptr<EventLoop> loop, EventLoop::Tcp::socket socket,
                 std::shared_ptr<Transport::Context> tls, std::unique_ptr<ConnectionFilter> filter)
    : loop_(std::move(loop)),
      transport_(std::move(socket), std::move(tls)),
      parser_(parser_limits(loop_->options())),
      filter_(std::move(filter)) {}

void Session::start() {
  error_code ignored;
  transport_.socket().set_option(EventLoop::Tcp::no_delay(true), ignored);
  const auto endpoint = transport_.socket().remote_endpoint(ignored);
  if (!ignored) remote_address_ = endpoint.address().to_string();
  place_ = loop_->add(shared_from_this());
  if (!transport_.is_tls()) {
    enter(State::kIdle, loop_->options().idle_timeout);
    return read();
  }
  enter(State::kHandshaking, loop_->options().request_timeout);
  transport_.async_handshake([self = shared_from_this()](const error_code& error) {
    if (self->state_ != State::kHandshaking) return;
    if (error) return self->close();
    self->process();  // nothing yet: idle, and reading
  });
}

void Session::enter(State state, std::chrono::milliseconds at_most) {
  state_ = state;
  deadline_ = EventLoop::Clock::now() + at_most;
}

void Session::read() {
  if (read_pending_) return;
  read_pending_ = true;
  const auto space = in_.prepare(in_.capacity() > kReadSize ? kBodyReadSize : kReadSize);
  transport_.async_read_some(
      asio::buffer(space.data(), space.size()),
      [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->on_read(error, size);
      });
}

void Session::on_read(const error_code& error, std::size_t size) {
  read_pending_ = false;
  if (state_ == State::kClosed) return;
  if (state_ == State::kLingering) {
    lingered_bytes_ += size;
    if (error || lingered_bytes_ > loop_->options().linger_bytes_max) return close();
    return read_to_end();
  }
  if (state_ == State::kStreaming) {  // nothing is expected but the client's end
    if (error) return close();
    return in_.commit(size);  // the next request waits; reading on could take any amount
  }
  if (too_slow_) return refuse(problem(408, "the request did not arrive in time"));
  if (error) return close();
  in_.commit(size);
  process();
}

void Session::process() {
  if (in_.empty()) {
    if (loop_->is_draining()) return linger();
    if (in_.capacity() > kReadSize) in_.release_if_empty();
    enter(State::kIdle, loop_->options().idle_timeout);
    return read();
  }
  if (state_ == State::kIdle) {
    enter(State::kReading, loop_->options().request_timeout);
    reading_since_ = deadline_ - loop_->options().request_timeout;
    bytes_in_ = 0;
  }
  const std::size_t fed = parser_.feed(in_.view());
  in_.consume(fed);
  bytes_in_ += fed;
  // A head alone earns no time.
  const std::size_t body = bytes_in_ - std::min(bytes_in_, loop_->options().header_bytes_max);
  deadline_ = reading_since_ + loop_->options().request_timeout + time_for(body);
  switch (parser_.state()) {
    case RequestParser::State::kMore:
      return parser_.wants_continue() && !continue_sent_ ? send_continue() : read();
    case RequestParser::State::kRefused:
      is_head_ = parser_.is_head();
      return refuse(parser_.refusal());
    case RequestParser::State::kComplete:
      return handle_request();
  }
}

void Session::send_continue() {
  continue_sent_ = true;
  transport_.async_write(asio::buffer(kContinue),
                         [self = shared_from_this()](const error_code& error, std::size_t) {
                           if (self->state_ != State::kReading) return;
                           error ? self->close() : self->read();
                         });
}

void Session::handle_request() {
  Request request = parser_.take();
  request.remote_address = remote_address_;
  path_ = request.path;
  method_ = to_string(request.method);
  accept_encoding_ = request.header("accept-encoding").value_or("");
  is_head_ = request.method == Method::kHead;
  close_after_ = !parser_.keep_alive();
  const Router::Match match = loop_->router().match(request);
  route_ = match.pattern;
  enter(State::kHandling, loop_->options().handler_timeout);
  handling_since_ = deadline_ - loop_->options().handler_timeout;
  answering_ = true;
  bytes_out_ = 0;
  if (filter_ != nullptr) {
    if (auto answer = filter_->on_request(request)) return send(*std::move(answer));
  }
  const auto pending = std::make_shared<PendingReply>(shared_from_this(), ++request_number_);
  try {
    loop_->router().dispatch(match, std::move(request), [pending](Response response) {
      pending->answer(std::move(response));
    });
  } catch (const std::exception& failure) {
    telemetry::log(telemetry::Level::kError, "http", std::string("handler: ") + failure.what());
    pending->answer(problem(500, "the server failed on this request"));
  }
}

void Session::refuse(Response response) {
  ++request_number_;
  route_ = "refused";
  path_.clear();
  method_ = {};
  accept_encoding_.clear();
  close_after_ = true;
  handling_since_ = EventLoop::Clock::now();
  answering_ = true;
  bytes_out_ = 0;
  if (filter_ != nullptr) filter_->on_refusal();
  send(std::move(response));
}

void Session::on_reply(std::uint64_t request_number, Response response) {
  if (state_ != State::kHandling || request_number != request_number_) return;
  send(std::move(response));
}

void Session::send(Response response) {
  response_ = std::move(response);
  if (!path_.empty()) add_instance(response_, path_);
  const bool streams = response_.stream != nullptr;
  if (!streams) encode_body(response_, accept_encoding_);
  chunked_ = streams && parser_.is_http_1_1();
  close_after_ = close_after_ || loop_->is_draining() || (streams && !chunked_);
  const bool empty = response_.status == 204 || response_.status == 304;
  const std::string_view body =
      empty ? std::string_view() : response_.static_body.value_or(response_.body);
  head_.clear();
  filter_lines_.clear();
  if (filter_ != nullptr) filter_->append_headers(filter_lines_);
  append_head(head_, response_,
              {.date = loop_->date(),
               .body_size = body.size(),
               .framing = framing_of(streams, chunked_),
               .close = close_after_,
               .more_lines = filter_lines_});
  enter(State::kWriting, loop_->options().write_timeout + time_for(body.size()));
  const std::chrono::duration<double> taken = EventLoop::Clock::now() - handling_since_;
  loop_->metrics().record(route_, response_.status, response_.tier, taken.count());
  const std::array<asio::const_buffer, 2> buffers{
      asio::buffer(head_), asio::buffer(is_head_ ? std::string_view() : body)};
  transport_.async_write(buffers,
                         [self = shared_from_this()](const error_code& error, std::size_t size) {
                           self->bytes_out_ = size;
                           self->on_written(error);
                         });
}

/// What a client that keeps to the least rate needs for so much.
std::chrono::milliseconds Session::time_for(std::size_t bytes) const {
  return std::chrono::milliseconds(1'000 * bytes / loop_->options().bytes_per_s_min);
}

void Session::on_written(const error_code& error) {
  if (state_ == State::kClosed) return;
  if (error) return close();
  if (response_.stream && !is_head_) return start_stream();
  answer_next();
}

void Session::end_exchange() {
  if (!std::exchange(answering_, false) || filter_ == nullptr) return;
  const std::chrono::duration<double> taken = EventLoop::Clock::now() - handling_since_;
  filter_->on_end({method_, path_, response_.status, bytes_in_, bytes_out_, taken.count()});
}

void Session::answer_next() {
  end_exchange();
  response_ = Response{};
  if (close_after_) return linger();
  parser_.start_next();
  continue_sent_ = false;
  enter(State::kIdle, loop_->options().idle_timeout);
  if (!read_pending_) process();  // else what is read next begins the next request
}

void Session::start_stream() {
  state_ = State::kStreaming;
  deadline_ = EventLoop::Clock::time_point::max();
  last_piece_ = false;
  // A writer on another thread must not be the one that lets the session go.
  response_.stream->when_ready([loop = loop_, weak = weak_from_this()] {
    loop->post([weak] {
      if (const auto self = weak.lock()) self->send_piece();
    });
  });
  if (in_.empty()) read();  // hears when the client closes
  send_piece();
}

void Session::send_piece() {
  if (state_ != State::kStreaming || piece_pending_) return;
  StreamReader::Piece piece = response_.stream->take();
  last_piece_ = piece.last || loop_->is_draining();
  if (piece.bytes.empty() && !last_piece_) return;
  head_.clear();
  if (chunked_) {
    append_chunk(head_, piece.bytes, last_piece_);
  } else {
    head_ = std::move(piece.bytes);
  }
  piece_pending_ = true;
  deadline_ = EventLoop::Clock::now() + loop_->options().write_timeout;
  transport_.async_write(asio::buffer(head_),
                         [self = shared_from_this()](const error_code& error, std::size_t size) {
                           self->bytes_out_ += size;
                           self->on_piece_written(error);
                         });
}

void Session::on_piece_written(const error_code& error) {
  piece_pending_ = false;
  if (state_ == State::kClosed) return;
  if (error) return close();
  deadline_ = EventLoop::Clock::time_point::max();
  last_piece_ ? answer_next() : send_piece();
}

// Closing a socket with unread input resets the connection, and a client that is still sending
// then never sees the answer. So: say that nothing more will come, and read on until the client
// has closed too, within bounds (as nginx's lingering_close).
void Session::linger() {
  in_.consume(in_.view().size());
  const auto at_most = loop_->options().linger;
  enter(State::kLingering, loop_->is_draining() ? std::min(at_most, kLingerDraining) : at_most);
  if (!transport_.is_tls()) return read_to_end();
  // What is read until the client has closed is thrown away, so nobody deciphers it.
  transport_.async_finish([self = shared_from_this()](const error_code&) {
    if (self->state_ == State::kLingering) self->read_to_end();
  });
}

void Session::read_to_end() {
  error_code ignored;
  transport_.socket().shutdown(EventLoop::Tcp::socket::shutdown_send, ignored);
  if (read_pending_) return;  // on_read() goes on here
  read_pending_ = true;
  const auto space = in_.prepare(kReadSize);
  transport_.socket().async_read_some(
      asio::buffer(space.data(), space.size()),
      [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->on_read(error, size);
      });
}

void Session::check_deadline(EventLoop::Clock::time_point now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::kReading: {
      if (too_slow_) return close();
      too_slow_ = true;  // the cancelled read answers
      deadline_ = now + loop_->options().linger;
      error_code ignored;
      transport_.socket().cancel(ignored);
      return;
    }
    case State::kHandling:
      close_after_ = true;
      ++request_number_;
      return send(problem(503, "the answer took too long"));
    default:
      return close();
  }
}

void Session::drain() {
  if (state_ == State::kStreaming) {
    close_after_ = true;
    return send_piece();
  }
  if (state_ != State::kIdle) return;
  error_code ignored;
  if (transport_.socket().available(ignored) == 0) linger();
}

void Session::close() {
  if (state_ == State::kClosed) return;
  constexpr int kClientGone = 499;  // as nginx logs it; nobody sees it
  if (state_ == State::kHandling) response_.status = kClientGone;
  state_ = State::kClosed;
  error_code ignored;
  transport_.socket().close(ignored);
  end_exchange();
  response_.stream.reset();  // whoever writes hears of it now
  loop_->remove(place_);
}

}  // namespace marquee::http
