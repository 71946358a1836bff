// What any server at all can reach here: the calls of main.cpp beside this, read by Boost.Beast's
// parser in Asio's callbacks and answered with the same bytes whatever is asked. No look-up, no
// log, no disk. Prints the port it listens on, and serves until it is ended.
//
//     marquee_bench_rivals_beast_static [PORT [THREADS]]     0: a free port; as many threads as
//     CPUs

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

namespace marquee::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using BeastView = boost::beast::string_view;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

/// Far more than a request: a read that fills less has emptied the socket, and Asio then waits
/// instead of trying once more.
constexpr std::size_t kReadSize = 8'192;

/// With the fields that a client needs, and no others.
std::string whole_answer(std::string_view status, std::string_view json) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
      json.size(), json);
}

/// As Marquee answers limit=10 on MovieLens latest-small: 1.4 to 1.6 kB.
std::string list_answer() {
  std::string films;
  for (int rank = 1; rank <= 10; ++rank) {
    films += fmt::format(
        R"({}{{"movie_id":"1036","title":"A Film of Middle Length","score":0.67169356,"rank":{},)"
        R"("year":1988,"genres":["Action","Crime","Thriller"]}})",
        rank == 1 ? "" : ",", rank);
  }
  return whole_answer(
      "200 OK", fmt::format(R"({{"user_id":"1","recommendations":[{}],"source":"memory_cache",)"
                            R"("generated_at":"2026-11-29T17:10:26.640Z",)"
                            R"("list_id":"01a22849-623a-7bd7-9ff7-2171eced50fe",)"
                            R"("model_version":"als_20261129_1710","offset":null,)"
                            R"("next_cursor":"c1.XsIVanWZqmVId8zUkHzNw8N5T1n60eY_7ZyoamdK"}})",
                            films));
}

std::string receipt_answer() {
  return whole_answer("202 Accepted",
                      R"({"status":"accepted","message":"Event queued for processing",)"
                      R"("event_id":"01a2284a-6265-7000-8000-000000003039","offset":"e:0",)"
                      R"("durability":"power"})");
}

/// Keeps nothing of a request but its method; Beast's own message would allocate for each field.
class Request final : public beast_http::basic_parser<true> {
 public:
  bool is_get() const { return is_get_; }

 private:
  void on_request_impl(beast_http::verb verb, BeastView, BeastView, int, error_code&) override {
    is_get_ = verb == beast_http::verb::get;
  }
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_field_impl(beast_http::field, BeastView, BeastView, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  bool is_get_ = false;
};

/// A connection, on its loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Tcp::socket socket) : socket_(std::move(socket)) {}

  void start() {
    begin_request();
    read();
  }

 private:
  void begin_request() {
    request_.emplace();
    request_->eager(true);  // the body with the head
  }

  void read() {
    const std::size_t room = in_.max_size() - in_.size();
    if (room == 0) return;  // a head that long is none of main.cpp's: closed
    socket_.async_read_some(in_.prepare(room),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                              if (error) return;
                              self->in_.commit(size);
                              self->process();
                            });
  }

  void process() {
    error_code error;
    if (in_.size() > 0) in_.consume(request_->put(in_.data(), error));
    if (error && error != beast_http::error::need_more) return;
    request_->is_done() ? answer() : read();
  }

  void answer() {
    static const std::string list = list_answer();
    static const std::string receipt = receipt_answer();
    asio::async_write(socket_, asio::buffer(request_->is_get() ? list : receipt),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (error || !self->request_->keep_alive()) return;
                        self->begin_request();
                        self->in_.size() > 0 ? self->process() : self->read();
                      });
  }

  Tcp::socket socket_;
  boost::beast::flat_static_buffer<kReadSize> in_;
  std::optional<Request> request_;
};

/// A loop a thread, to which connections are dealt in turns: the kernel's choice (SO_REUSEPORT)
/// could leave a thread with few of them.
[[noreturn]] void serve(std::uint16_t port, std::size_t threads) {
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<std::jthread> running;
  for (std::size_t i = 0; i < threads; ++i) {
    loops.push_back(std::make_unique<asio::io_context>(1));
    running.emplace_back([&loop = *loops.back()] {
      const auto keep_running = asio::make_work_guard(loop);
      loop.run();
    });
  }
  asio::io_context accepting;
  Tcp::acceptor acceptor(accepting, {asio::ip::address_v4::loopback(), port});
  fmt::print("{}\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  for (std::size_t next = 0;; next = (next + 1) % threads) {
    error_code error;
    Tcp::socket socket = acceptor.accept(*loops[next], error);
    if (!error) socket.set_option(Tcp::no_delay(true), error);
    if (error) continue;  // it has gone already
    const auto connection = std::make_shared<Connection>(std::move(socket));
    asio::post(*loops[next], [connection] { connection->start(); });
  }
}

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  const int threads =
      argc > 2 ? std::atoi(argv[2]) : static_cast<int>(std::thread::hardware_concurrency());
  if (argc > 3 || port < 0 || port > 65'535 || threads < 1) {
    fmt::print(stderr, "usage: {} [PORT [THREADS]]\n", argv[0]);
    return 2;
  }
  marquee::bench::serve(static_cast<std::uint16_t>(port), static_cast<std::size_t>(threads));
}
