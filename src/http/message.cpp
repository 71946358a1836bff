#include "http/message.h"

#include "base/json_writer.h"
#include "http/status.h"

namespace marquee::http {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kRefused:
      return 409;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kResourceExhausted:
      return 507;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kDataLoss:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

std::string problem_body(int status, std::string_view type, std::string_view detail,
                         const std::vector<FieldError>& errors) {
  JsonWriter json;
  json.begin_object();
  json.member("type", type).member("title", reason_phrase(status)).member("status", status);
  json.member("detail", detail);
  if (!errors.empty()) {
    json.key("errors").begin_array();
    for (const FieldError& error : errors) {
      json.begin_object();
      json.member("pointer", error.pointer).member("detail", error.detail);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return json.take();
}

Response make_problem(int status, std::string_view type, std::string_view detail,
                      const std::vector<FieldError>& errors) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = problem_body(status, type, detail, errors);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

/// Two errors need more than their status to be told from others: a client must not try again.
std::string_view type_of(ErrorCode code) {
  if (code == ErrorCode::kRefused) return kRefusedType;
  return code == ErrorCode::kDataLoss ? kDataDamagedType : "about:blank";
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kPatch:
      return "PATCH";
    case Method::kOther:
      return "OTHER";
  }
  return "OTHER";
}

Method parse_method(std::string_view text) {
  constexpr Method kKnown[] = {Method::kGet,    Method::kHead,    Method::kPost, Method::kPut,
                               Method::kDelete, Method::kOptions, Method::kPatch};
  for (const Method method : kKnown) {
    if (to_string(method) == text) return method;
  }
  return Method::kOther;
}

std::optional<std::string_view> Request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  return {};
}

Response problem(int status, std::string_view detail, const std::vector<FieldError>& errors) {
  return make_problem(status, "about:blank", detail, errors);
}

Response problem(const Error& error) {
  return make_problem(status_of(error.code), type_of(error.code), error.message, {});
}

void add_instance(Response& response, std::string_view path) {
  if (response.content_type != "application/problem+json" || !response.body.ends_with('}')) return;
  response.body.pop_back();
  response.body += ",\"instance\":" + json_quote(path) + "}";
}

}  // namespace marquee::http
