#include "http/router.h"

#include <algorithm>

namespace marquee::http {
namespace {

/// Takes the next segment off `path`, which starts with '/'.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// `path` against `pattern`; parameters are appended to `out` unless it is null.
bool matches(std::string_view pattern, std::string_view path, Parameters* out) {
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '/' || path.front() != '/') return false;
    const std::string_view want = next_segment(pattern);
    const std::string_view have = next_segment(path);
    const bool is_parameter = want.starts_with('{');
    if (is_parameter ? have.empty() : want != have) return false;
    if (is_parameter && out != nullptr) {
      out->emplace_back(want.substr(1, want.size() - 2), have);
    }
  }
  return pattern.empty() && path.empty();
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

bool serves(Method route, Method request) {
  return route == request || (route == Method::kGet && request == Method::kHead);
}

}  // namespace

void Router::add(Method method, std::string pattern, Handler handler) {
  routes_.push_back({method, std::move(pattern), std::move(handler)});
}

void Router::set_fallback(Handler handler) { fallback_ = std::move(handler); }

Router::Match Router::match(const Request& request) const {
  Match match;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, request.path, nullptr)) continue;
    if (match.pattern == kUnmatched) match.pattern = route.pattern;
    if (serves(route.method, request.method)) {
      match.route = &route;
      match.pattern = route.pattern;
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += to_string(route.method);
    if (route.method == Method::kGet) match.allow += ", HEAD";
  }
  if (!match.allow.empty()) match.allow += ", OPTIONS";
  return match;
}

void Router::dispatch(Request request, Reply reply) const {
  const Match found = match(request);
  dispatch(found, std::move(request), std::move(reply));
}

void Router::dispatch(const Match& match, Request request, Reply reply) const {
  if (match.route != nullptr) {
    matches(match.route->pattern, request.path, &request.path_parameters);
    return match.route->handler(std::move(request), std::move(reply));
  }
  if (request.path == "*") {
    return reply(request.method == Method::kOptions ? no_content()
                                                    : problem(400, "'*' goes with OPTIONS only"));
  }
  if (!match.allow.empty()) {
    Response response =
        request.method == Method::kOptions
            ? no_content()
            : problem(405, "this path takes " + match.allow + ", and no other method");
    response.headers.emplace_back("Allow", match.allow);
    return reply(std::move(response));
  }
  if (request.method == Method::kOther) {
    return reply(problem(501, "the request method is not one this server knows"));
  }
  if (fallback_) return fallback_(std::move(request), std::move(reply));
  reply(problem(404, "there is nothing at this path"));
}

std::string_view Router::pattern_of(const Request& request) const { return match(request).pattern; }

}  // namespace marquee::http
