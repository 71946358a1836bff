#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/request_metrics.h"
#include "http/server.h"

namespace marquee::http {

class Session;

/// How many connections all loops hold together. Thread-safe.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::size_t count_max) : count_max_(count_max) {}
  /// False, with nothing counted, when the limit is reached.
  bool try_add();
  void remove();
  QueueState state() const;
  /// True when none are left; false when `deadline` came first.
  bool wait_for_none(std::chrono::steady_clock::time_point deadline);

 private:
  const std::size_t count_max_;
  mutable std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t count_ = 0;
  std::uint64_t refused_ = 0;
};

/// One thread's event loop with its acceptor and the connections it accepted. Internal to http/.
/// Every method but post() and the constructor runs on the loop's thread.
class EventLoop : public std::enable_shared_from_this<EventLoop> {
 public:
  using Clock = std::chrono::steady_clock;
  using Tcp = boost::asio::ip::tcp;
  using Sessions = std::list<std::shared_ptr<Session>>;

  EventLoop(const Server::Options& options, const Router& router, telemetry::Metrics& metrics,
            Filter* filter, ConnectionCount& connections);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Takes over a listening socket; before run().
  void listen(int native_socket, bool is_v6);
  /// Serves until stop().
  void run();

  /// Runs `task` on the loop's thread. False, with `task` dropped, after stop(): a reply may come
  /// when the server is gone. Any thread.
  bool post(std::function<void()> task);
  bool runs_here() const { return std::this_thread::get_id() == thread_; }

  /// Stops accepting and asks every connection to end after its present answer.
  void drain();
  /// Closes everything; run() returns.
  void stop();

  // What a session needs of its loop.
  const Server::Options& options() const { return options_; }
  const Router& router() const { return router_; }
  RequestMetrics& metrics() { return request_metrics_; }
  bool is_draining() const { return draining_; }
  /// http_date of now.
  const std::string& date();
  /// Keeps `session` until remove(): a stream that waits for its writer has no operation of its own
  /// that would.
  Sessions::iterator add(std::shared_ptr<Session> session);
  void remove(Sessions::iterator session);

 private:
  void accept();
  void on_accepted(Tcp::socket socket);
  /// Says why and closes.
  void turn_away(Tcp::socket socket, Response response);
  void pause_accepting(const boost::system::error_code& cause);
  void tick();

  const Server::Options options_;
  const Router& router_;
  Filter* const filter_;
  ConnectionCount& connections_;
  RequestMetrics request_metrics_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_timer_;
  boost::asio::steady_timer tick_timer_;
  bool accepting_ = false;  ///< an accept, or the pause before one, is under way
  bool ticking_ = false;
  const Clock::duration tick_interval_;
  Sessions sessions_;
  std::thread::id thread_;
  bool draining_ = false;
  bool stopping_ = false;
  std::time_t date_at_ = 0;
  std::string date_;
  std::mutex post_mutex_;
  bool stopped_ = false;  // guarded by post_mutex_
};

}  // namespace marquee::http
