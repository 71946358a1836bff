#include "http/request_parser.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "http/header_scan.h"
#include "http/target.h"

namespace marquee::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::iequals;
using BeastView = boost::beast::string_view;

std::string lower_case(BeastView text) {
  std::string out(text.data(), text.size());
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_digits(BeastView text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Characters of a host, a port and an IPv6 literal (RFC 3986 §3.2.2).
bool is_host(BeastView text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           BeastView("-._~:[]%").find(c) != BeastView::npos;
  });
}

}  // namespace

/// One request under way. Beast's parser knows the grammar; this class adds the strictness.
class RequestParser::Message final : public beast_http::basic_parser<true> {
 public:
  explicit Message(const Limits& limits) : limits_(limits) {
    eager(true);
    body_limit(limits.body_bytes_max);
    // HeaderScan has measured the head already; this bound only keeps Beast's own from mattering.
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max + 1));
  }

  std::size_t feed(std::string_view bytes) {
    if (state != State::kMore || (!head_complete_ && !scan_head(bytes)) || bytes.empty()) return 0;
    error_code ec;
    const std::size_t consumed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    if (state == State::kRefused) return consumed;
    if (ec == beast_http::error::need_more) ec = {};
    if (ec) {
      refuse_by_code(ec);
    } else if (is_done()) {
      state = State::kComplete;
    } else {
      check_chunk_head(bytes.substr(consumed));
    }
    return consumed;
  }

  bool wants_continue() const {
    return expects_continue_ && head_complete_ && state == State::kMore;
  }

  bool is_http_1_1() const { return http_1_1_; }

  State state = State::kMore;
  Request request;
  Response refusal;

 private:
  void refuse(int status, std::string_view detail) {
    if (state == State::kRefused) return;
    state = State::kRefused;
    refusal = problem(status, detail);
    if (!request.path.empty()) add_instance(refusal, request.path);  // the URL was read before
    refusal.headers.emplace_back("Connection", "close");
  }

  /// Stops Beast from within one of its callbacks.
  void refuse(int status, std::string_view detail, error_code& ec) {
    refuse(status, detail);
    ec = beast_http::error::bad_value;
  }

  bool scan_head(std::string_view bytes) {
    const HeaderScan::State scanned = scan_.advance(bytes);
    if (scanned == HeaderScan::State::kRefused) {
      refuse(400, scan_.reason());
    } else if (!scan_.has_request_line() && bytes.size() > limits_.target_bytes_max + 64) {
      refuse(414, "the request line is too long");
    } else if (scan_.size() > limits_.header_bytes_max ||
               (scanned == HeaderScan::State::kMore && bytes.size() > limits_.header_bytes_max)) {
      refuse(431, "the request head is larger than " + std::to_string(limits_.header_bytes_max) +
                      " bytes");
    } else if (scan_.fields() > limits_.header_fields_max) {
      refuse(431, "the request has more than " + std::to_string(limits_.header_fields_max) +
                      " header fields");
    }
    head_complete_ = scanned == HeaderScan::State::kComplete && state == State::kMore;
    return head_complete_;
  }

  /// `rest` is what Beast waits to see the end of: a chunk's head or the trailer. It takes any LF
  /// for a part of it, so that a client with bare LFs would wait for ever.
  void check_chunk_head(std::string_view rest) {
    if (rest.size() > limits_.chunk_header_bytes_max) {
      return refuse(400, "a chunk header or the trailer is too long");
    }
    for (std::size_t at = rest.find('\n'); at != std::string_view::npos;
         at = rest.find('\n', at + 1)) {
      if (at == 0 || rest[at - 1] != '\r') {
        return refuse(400, "a line of a chunked body ends with LF instead of CRLF");
      }
    }
  }

  void refuse_by_code(const error_code& ec) {
    if (ec == beast_http::error::body_limit) {
      refuse(413, "the body is larger than " + std::to_string(limits_.body_bytes_max) + " bytes");
    } else if (ec == beast_http::error::header_limit) {
      refuse(431, "the request head is too large");
    } else if (ec == beast_http::error::bad_version) {
      refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    } else {
      refuse(400, "malformed HTTP request: " + ec.message());
    }
  }

  void on_request_impl(beast_http::verb, BeastView method, BeastView target, int version,
                       error_code& ec) override {
    request.method = http::parse_method({method.data(), method.size()});
    http_1_1_ = version == 11;
    if (target.size() > limits_.target_bytes_max) {
      return refuse(
          414, "the URL is longer than " + std::to_string(limits_.target_bytes_max) + " bytes", ec);
    }
    Result<Target> parsed = http::parse_target({target.data(), target.size()});
    if (!parsed.ok()) return refuse(400, parsed.error().message, ec);
    request.path = std::move(parsed->path);
    request.query = std::move(parsed->query);
    authority_ = std::move(parsed->authority);
  }

  void on_field_impl(beast_http::field field, BeastView name, BeastView value,
                     error_code& ec) override {
    if (in_trailer_) return;  // nothing in a trailer may change what the head said
    if (name.size() + value.size() > limits_.header_line_bytes_max) {
      return refuse(431,
                    "a header line is longer than " +
                        std::to_string(limits_.header_line_bytes_max) + " bytes",
                    ec);
    }
    switch (field) {
      case beast_http::field::host:
        if (++hosts_ > 1) return refuse(400, "there is more than one Host header", ec);
        if (!is_host(value)) return refuse(400, "the Host header is not a host", ec);
        if (!authority_.empty() && !iequals(authority_, value)) {
          return refuse(400, "the URL and the Host header name different hosts", ec);
        }
        break;
      case beast_http::field::content_length:
        if (++lengths_ > 1) return refuse(400, "there is more than one Content-Length", ec);
        if (!is_digits(value)) return refuse(400, "Content-Length is not a number", ec);
        break;
      case beast_http::field::transfer_encoding:
        if (++encodings_ > 1) return refuse(400, "there is more than one Transfer-Encoding", ec);
        if (!iequals(value, "chunked")) {
          return refuse(400, "Transfer-Encoding is not 'chunked'", ec);
        }
        break;
      case beast_http::field::expect:
        if (!iequals(value, "100-continue")) return refuse(417, "Expect is not understood", ec);
        expects_continue_ = http_1_1_;
        break;
      default:
        break;
    }
    request.headers.emplace_back(lower_case(name), std::string(value.data(), value.size()));
  }

  void on_header_impl(error_code& ec) override {
    in_trailer_ = true;
    if (http_1_1_ && hosts_ == 0) return refuse(400, "the Host header is missing", ec);
    if (lengths_ > 0 && encodings_ > 0) {
      return refuse(400, "there are both Content-Length and Transfer-Encoding", ec);
    }
    if (!http_1_1_ && encodings_ > 0) {
      return refuse(400, "Transfer-Encoding needs HTTP/1.1", ec);
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override {
    if (length && *length > limits_.body_bytes_max) {
      ec = beast_http::error::body_limit;
      return;
    }
    // A promise is not trusted with more memory than a small body needs.
    constexpr std::uint64_t kReserveMax = 16 << 10;
    request.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0) + 64, kReserveMax)));
  }

  std::size_t on_body_impl(BeastView body, error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, BeastView extensions, error_code& ec) override {
    if (extensions.size() > limits_.chunk_header_bytes_max) {
      refuse(400, "a chunk header is too long", ec);
    }
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}

  const Limits& limits_;
  HeaderScan scan_;
  std::string authority_;
  bool head_complete_ = false;
  bool http_1_1_ = false;
  bool in_trailer_ = false;
  bool expects_continue_ = false;
  int hosts_ = 0;
  int lengths_ = 0;
  int encodings_ = 0;
};

RequestParser::RequestParser(const Limits& limits)
    : limits_(limits), message_(std::make_unique<Message>(limits_)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view bytes) { return message_->feed(bytes); }
RequestParser::State RequestParser::state() const { return message_->state; }
bool RequestParser::wants_continue() const { return message_->wants_continue(); }
Request RequestParser::take() { return std::move(message_->request); }
bool RequestParser::keep_alive() const { return message_->keep_alive(); }
bool RequestParser::is_http_1_1() const { return message_->is_http_1_1(); }
bool RequestParser::is_head() const { return message_->request.method == Method::kHead; }
Response RequestParser::refusal() const { return message_->refusal; }
void RequestParser::start_next() { message_ = std::make_unique<Message>(limits_); }

}  // namespace marquee::http
