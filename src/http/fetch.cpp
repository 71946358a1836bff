#include "http/fetch.h"

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace marquee::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::use_awaitable;
using Tcp = asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<Tcp::socket>;

constexpr std::string_view kUrlCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@%/?";

struct Answer {
  unsigned status = 0;
  std::string body;
};

template <typename Connection>
asio::awaitable<Answer> ask(Connection& connection, const FetchAddress& address,
                            std::size_t bytes_max) {
#ifdef __clang_analyzer__
  // It loses the frame of a coroutine inside of Asio and calls the pointers in it undefined.
  co_return Answer{};
#else
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, address.target, 11);
  request.set(beast::http::field::host, address.host + ":" + address.port);
  request.set(beast::http::field::accept, "application/json");
  request.set(beast::http::field::connection, "close");
  co_await beast::http::async_write(connection, request, use_awaitable);
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(bytes_max);
  beast::flat_buffer buffer;
  co_await beast::http::async_read(connection, buffer, parser, use_awaitable);
  co_return Answer{parser.get().result_int(), std::move(parser.get().body())};
#endif
}

asio::awaitable<Answer> get(const FetchAddress& address, const FetchOptions& options,
                            asio::ssl::context& trust) {
  const auto executor = co_await asio::this_coro::executor;
  Tcp::resolver resolver(executor);
  const auto found = co_await resolver.async_resolve(address.host, address.port, use_awaitable);
  Tcp::socket socket(executor);
  co_await asio::async_connect(socket, found, use_awaitable);
  if (!address.is_tls) co_return co_await ask(socket, address, options.bytes_max);
  TlsStream stream(std::move(socket), trust);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(address.host));
  const bool is_name = address.host.find_first_not_of("0123456789.") != std::string::npos;
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), address.host.c_str());
  co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await ask(stream, address, options.bytes_max);
}

Result<asio::ssl::context> trust_of(const FetchOptions& options) {
  asio::ssl::context trust(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(trust.native_handle(), TLS1_2_VERSION);
  error_code error;
  if (options.ca_file.empty()) {
    trust.set_default_verify_paths(error);
  } else {
    trust.load_verify_file(options.ca_file, error);
  }
  if (!error) return trust;
  return Error{ErrorCode::kInvalidArgument, "cannot read certificates to trust from " +
                                                options.ca_file + ": " + error.message()};
}

std::string text_of(const FetchAddress& address) {
  return (address.is_tls ? "https://" : "http://") + address.host + ":" + address.port +
         address.target;
}

Error away(const FetchAddress& address, const std::string& why) {
  return {ErrorCode::kUnavailable, "cannot fetch " + text_of(address) + ": " + why};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<FetchAddress> FetchAddress::parse(std::string_view url) {
  const Error refused{ErrorCode::kInvalidArgument,
                      "'" + std::string(url) +
                          "': want https://HOST[:PORT]/PATH, or http:// with 127.0.0.1 or "
                          "localhost"};
  FetchAddress address;
  address.is_tls = url.starts_with("https://");
  if (!address.is_tls && !url.starts_with("http://")) return refused;
  if (url.find_first_not_of(kUrlCharacters) != std::string_view::npos) return refused;
  url.remove_prefix(url.find("//") + 2);
  const std::size_t slash = url.find_first_of("/?");
  const std::string_view authority = url.substr(0, slash);
  address.target = slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
  if (address.target.front() == '?') address.target.insert(0, "/");
  const std::size_t colon = authority.find(':');
  address.host = std::string(authority.substr(0, colon));
  address.port = colon == std::string_view::npos ? (address.is_tls ? "443" : "80")
                                                 : std::string(authority.substr(colon + 1));
  const bool here = address.host == "127.0.0.1" || address.host == "localhost";
  if (address.host.empty() || address.host.find_first_of("@%") != std::string::npos ||
      !is_port(address.port) || (!address.is_tls && !here)) {
    return refused;
  }
  return address;
}

Result<std::string> fetch(const FetchAddress& address, const FetchOptions& options) {
  MARQUEE_TRY(asio::ssl::context trust, trust_of(options));
  std::optional<Result<std::string>> outcome;
  asio::io_context loop;
  asio::co_spawn(
      loop, get(address, options, trust), [&](const std::exception_ptr& failure, Answer answer) {
        try {
          if (failure) std::rethrow_exception(failure);
          if (answer.status == 200) {
            outcome = std::move(answer.body);
          } else {
            outcome = Error{
                ErrorCode::kFailedPrecondition,
                text_of(address) + " answered " + std::to_string(answer.status) + ", want 200"};
          }
        } catch (const std::exception& error) {
          outcome = away(address, error.what());
        }
      });
  loop.run_for(options.at_most);
  if (outcome) return *std::move(outcome);
  return away(address, "no answer in time");
}

}  // namespace marquee::http
