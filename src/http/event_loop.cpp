#include "http/event_loop.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "http/response_head.h"
#include "http/session.h"
#include "telemetry/log.h"

namespace marquee::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// How often deadlines are looked at: well within the shortest of them.
EventLoop::Clock::duration tick_interval(const Server::Options& options) {
  const auto shortest = std::min({options.request_timeout, options.idle_timeout,
                                  options.handler_timeout, options.write_timeout, options.linger});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

std::array<std::uint8_t, 16> bytes_of(const asio::ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

Peer peer_of(const EventLoop::Tcp::socket& socket) {
  Peer peer;
  error_code error;
  const auto remote = socket.remote_endpoint(error).address();
  if (error) return peer;  // it has gone already
  peer.address = bytes_of(remote);
  const auto local = socket.local_endpoint(error).address();
  peer.is_this_machine =
      remote.is_loopback() || (!error && bytes_of(local) == peer.address) ||
      (remote.is_v6() && remote.to_v6().is_v4_mapped() &&
       asio::ip::make_address_v4(asio::ip::v4_mapped, remote.to_v6()).is_loopback());
  return peer;
}

/// Marks an operation as under way for as long as its handler exists. Asio drops a handler unrun
/// when it finds no memory for what it would hand over (the accepted socket's place in the
/// reactor), so a handler alone cannot tell that its operation is over.
class UnderWay {
 public:
  UnderWay(std::shared_ptr<EventLoop> loop, bool& flag) : loop_(std::move(loop)), flag_(&flag) {
    flag = true;
  }
  UnderWay(UnderWay&& other) noexcept
      : loop_(std::move(other.loop_)), flag_(std::exchange(other.flag_, nullptr)) {}
  UnderWay& operator=(UnderWay&&) = delete;
  ~UnderWay() { end(); }

  void end() {
    if (flag_ != nullptr) *std::exchange(flag_, nullptr) = false;
  }
  EventLoop& loop() const { return *loop_; }

 private:
  std::shared_ptr<EventLoop> loop_;  ///< owns what flag_ points to
  bool* flag_;
};

}  // namespace

bool ConnectionCount::try_add() {
  const std::lock_guard lock(mutex_);
  if (count_ >= count_max_) {
    ++refused_;
    return false;
  }
  ++count_;
  return true;
}

QueueState ConnectionCount::state() const {
  const std::lock_guard lock(mutex_);
  return {count_, count_max_, refused_};
}

void ConnectionCount::remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_left_.notify_all();
}

bool ConnectionCount::wait_for_none(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return none_left_.wait_until(lock, deadline, [this] { return count_ == 0; });
}

EventLoop::EventLoop(const Server::Options& options, const Router& router,
                     telemetry::Metrics& metrics, Filter* filter, ConnectionCount& connections)
    : options_(options),
      router_(router),
      filter_(filter),
      connections_(connections),
      request_metrics_(metrics),
      keep_running_(io_.get_executor()),
      acceptor_(io_),
      accept_timer_(io_),
      tick_timer_(io_),
      tick_interval_(tick_interval(options)) {}

void EventLoop::listen(int native_socket, bool is_v6) {
  acceptor_.assign(is_v6 ? Tcp::v6() : Tcp::v4(), native_socket);
  acceptor_.non_blocking(true);
}

void EventLoop::run() {
  thread_ = std::this_thread::get_id();
  for (;;) {
    try {
      if (!accepting_ && acceptor_.is_open()) accept();
      if (!ticking_ && !stopping_) tick();
      io_.run();
      return;
    } catch (const std::bad_alloc&) {
      // It ended one handler. Its connection, if it had one, is closed at its deadline.
      telemetry::log(telemetry::Level::kError, "http", "out of memory; one operation was given up");
    }
  }
}

bool EventLoop::post(std::function<void()> task) {
  const std::lock_guard lock(post_mutex_);
  if (stopped_) return false;
  asio::post(io_, std::move(task));
  return true;
}

void EventLoop::accept() {
  acceptor_.async_accept([accepting = UnderWay(shared_from_this(), accepting_)](
                             const error_code& error, Tcp::socket socket) mutable {
    accepting.end();
    EventLoop& self = accepting.loop();
    if (error == asio::error::operation_aborted || !self.acceptor_.is_open()) return;
    if (error && error != asio::error::connection_aborted) return self.pause_accepting(error);
    if (!error) self.on_accepted(std::move(socket));
    self.accept();
  });
}

void EventLoop::on_accepted(Tcp::socket socket) {
  if (!connections_.try_add()) {
    return turn_away(std::move(socket),
                     problem(503, "the server holds as many connections as it may"));
  }
  const std::size_t before = sessions_.size();
  try {
    Peer peer = peer_of(socket);
    peer.is_tls = options_.tls != nullptr;
    auto filter = filter_ == nullptr ? nullptr : filter_->accept(peer);
    if (filter_ != nullptr && filter == nullptr) {
      connections_.remove();
      return turn_away(std::move(socket),
                       problem(429, "a client holds as many connections as it may"));
    }
    std::make_shared<Session>(shared_from_this(), std::move(socket),
                              options_.tls == nullptr ? nullptr : options_.tls->context(),
                              std::move(filter))
        ->start();
  } catch (const std::bad_alloc&) {
    if (sessions_.size() == before) connections_.remove();
    throw;
  } catch (const boost::system::system_error& failure) {  // OpenSSL had no room
    if (sessions_.size() == before) connections_.remove();
    telemetry::log(telemetry::Level::kError, "http",
                   std::string("cannot begin a connection: ") + failure.what());
  }
}

void EventLoop::turn_away(Tcp::socket socket, Response response) {
  request_metrics_.record("refused", response.status, "", 0);
  if (options_.tls != nullptr) return;  // a handshake only to say so is what must not be spent
  std::string answer;
  append_head(answer, response, {.date = date(), .body_size = response.body.size(), .close = true});
  answer += response.body;
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(answer), ignored);  // all of it fits an empty socket buffer
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
}

/// Out of file descriptors or memory: trying again at once would spin.
void EventLoop::pause_accepting(const error_code& cause) {
  telemetry::log(telemetry::Level::kError, "http",
                 "cannot accept connections: " + cause.message() + "; trying again in 100 ms");
  accept_timer_.expires_after(std::chrono::milliseconds(100));
  accept_timer_.async_wait(
      [accepting = UnderWay(shared_from_this(), accepting_)](const error_code& error) mutable {
        accepting.end();
        EventLoop& self = accepting.loop();
        if (!error && self.acceptor_.is_open()) self.accept();
      });
}

void EventLoop::tick() {
  tick_timer_.expires_after(tick_interval_);
  tick_timer_.async_wait(
      [ticking = UnderWay(shared_from_this(), ticking_)](const error_code& error) mutable {
        ticking.end();
        EventLoop& self = ticking.loop();
        // A cancelled timer's handler may be queued already, and then hears of no error.
        if (error || self.stopping_) return;
        const Clock::time_point now = Clock::now();
        for (auto at = self.sessions_.begin(); at != self.sessions_.end();) {
          const auto session = *at++;  // first on: the session may remove itself
          session->check_deadline(now);
        }
        self.tick();
      });
}

const std::string& EventLoop::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_at_) {
    date_at_ = now;
    date_ = http_date(now);
  }
  return date_;
}

EventLoop::Sessions::iterator EventLoop::add(std::shared_ptr<Session> session) {
  return sessions_.insert(sessions_.end(), std::move(session));
}

void EventLoop::remove(Sessions::iterator session) {
  sessions_.erase(session);
  connections_.remove();
}

void EventLoop::drain() {
  draining_ = true;
  error_code error;
  // Connections that the kernel has completed already are served: their clients got no refusal.
  while (acceptor_.is_open()) {
    Tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (error) break;
    on_accepted(std::move(socket));
  }
  acceptor_.close(error);
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const auto session = *at++;  // as in tick()
    session->drain();
  }
}

void EventLoop::stop() {
  {
    const std::lock_guard lock(post_mutex_);
    stopped_ = true;
  }
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  tick_timer_.cancel();
  while (!sessions_.empty()) {
    const auto session = sessions_.front();
    session->close();
  }
  keep_running_.reset();  // run() returns when the cancelled operations have been told
}

}  // namespace marquee::http
