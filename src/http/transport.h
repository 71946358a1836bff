#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace marquee::http {

/// A connection's bytes, under TLS or plain; the rest of a session need not know which. Internal to
/// http/.
class Transport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Context = boost::asio::ssl::context;

  /// `context`: null for plain bytes.
  Transport(Socket socket, std::shared_ptr<Context> context)
      : socket_(std::move(socket)), context_(std::move(context)) {
    if (context_ != nullptr) tls_.emplace(socket_, *context_);
  }

  bool is_tls() const { return tls_.has_value(); }
  Socket& socket() { return socket_; }

  template <typename Handler>
  void async_handshake(Handler&& handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  template <typename Buffer, typename Handler>
  void async_read_some(const Buffer& buffer, Handler&& handler) {
    tls_ ? tls_->async_read_some(buffer, std::forward<Handler>(handler))
         : socket_.async_read_some(buffer, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write(const Buffers& buffers, Handler&& handler) {
    tls_ ? boost::asio::async_write(*tls_, buffers, std::forward<Handler>(handler))
         : boost::asio::async_write(socket_, buffers, std::forward<Handler>(handler));
  }
  /// Tells the client that nothing more comes (close_notify); only under TLS. The handler is called
  /// when it has answered, or sent something else.
  template <typename Handler>
  void async_finish(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

 private:
  Socket socket_;
  const std::shared_ptr<Context> context_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace marquee::http
