#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/stream.h"

namespace marquee::http {

enum class Method { kGet, kHead, kPost, kPut, kDelete, kOptions, kPatch, kOther };
std::string_view to_string(Method method);
/// kOther for everything but the names above, which are case-sensitive.
Method parse_method(std::string_view text);

/// A request whose line, headers and body are complete, within limits and unambiguous.
struct Request {
  Method method = Method::kGet;
  std::string path;  ///< percent-decoded, without query; valid UTF-8
  /// Percent-decoded pairs in order; repeats are kept, so that routes can refuse them.
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> path_parameters;  ///< {id} → value
  std::vector<std::pair<std::string, std::string>> headers;          ///< names in lower case
  std::string body;
  std::string remote_address;

  std::optional<std::string_view> header(std::string_view lower_case_name) const;
  std::string_view path_parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  ///< a literal
  std::string body;
  /// When set, sent instead of `body` without a copy (embedded files); must outlive the process.
  std::optional<std::string_view> static_body;
  /// When set, the answer goes on for as long as the stream does, and has no other body.
  std::shared_ptr<StreamReader> stream;
  /// No line breaks in them: they are dropped. Cache-Control is "no-store" unless it stands here.
  std::vector<std::pair<std::string, std::string>> headers;
  /// The tier that answered, for marquee_request_seconds{route,tier}; a literal, or empty.
  std::string_view tier;
};

/// Sends the answer; call it exactly once, from any thread, also after the server is gone. When the
/// last copy is dropped uncalled, the client gets 500.
using Reply = std::function<void(Response)>;
/// Runs on an I/O thread: must not block. May keep `reply` and answer later.
using Handler = std::function<void(Request, Reply)>;

/// One wrong part of the input: RFC 6901 pointer ("/value") or parameter name ("limit"), and why.
struct FieldError {
  std::string pointer;
  std::string detail;
};

/// RFC 9457 problem details with this status; `title` is the status's reason phrase. The server
/// adds `instance`, the request's path. 401, 429 and 503 carry the headers they call for.
Response problem(int status, std::string_view detail, const std::vector<FieldError>& errors = {});
/// The one mapping of ErrorCode to status; adds Retry-After where the status wants it.
/// `type` of kRefused (409) and kDataLoss (500); of all others about:blank. RFC 9457 §3.1.1 allows
/// a reference: it leads to the API's page.
inline constexpr std::string_view kRefusedType = "/docs#refused";
inline constexpr std::string_view kDataDamagedType = "/docs#data-damaged";
Response problem(const Error& error);
/// Adds `instance` to a problem document that has none; leaves other responses alone.
void add_instance(Response& response, std::string_view path);

}  // namespace marquee::http
