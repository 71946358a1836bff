#include "http/server.h"

#include <algorithm>
#include <cstddef>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread_role.h"
#include "http/event_loop.h"
#include "http/listener.h"

namespace marquee::http {
namespace {

class ServerOnLoops final : public Server {
 public:
  ServerOnLoops(const Options& options, const Router& router, telemetry::Metrics& metrics,
                Filter* filter, const Listeners& listeners)
      : port_(listeners.port), connections_(options.connections_max) {
    for (const int socket : listeners.sockets) {
      loops_.push_back(std::make_shared<EventLoop>(options, router, metrics, filter, connections_));
      loops_.back()->listen(socket, listeners.is_v6);
    }
    for (const auto& loop : loops_)
      threads_.emplace_back([loop] {
        take_role("http", ThreadRole::kAnswers);
        loop->run();
      });
  }

  ~ServerOnLoops() override { stop(); }

  std::uint16_t port() const override { return port_; }
  QueueState connections() const override { return connections_.state(); }

  void drain(std::chrono::milliseconds patience) override {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    // Only when every loop has stopped accepting is "no connection left" final.
    const auto asked = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(loops_.size()));
    for (const auto& loop : loops_) {
      loop->post([loop, asked] {
        loop->drain();
        asked->count_down();
      });
    }
    asked->wait();
    connections_.wait_for_none(deadline);
    stop();
  }

 private:
  void stop() {
    for (const auto& loop : loops_) loop->post([loop] { loop->stop(); });
    threads_.clear();  // joins
    loops_.clear();
  }

  const std::uint16_t port_;
  ConnectionCount connections_;
  std::vector<std::shared_ptr<EventLoop>> loops_;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Options& options, const Router& router,
                                              telemetry::Metrics& metrics, Filter* filter) {
  MARQUEE_TRY(const Listeners listeners,
              listen_on(options.host, options.port, std::max<std::size_t>(options.threads, 1)));
  return std::unique_ptr<Server>(
      std::make_unique<ServerOnLoops>(options, router, metrics, filter, listeners));
}

}  // namespace marquee::http
