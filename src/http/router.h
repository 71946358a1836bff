#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace marquee::http {

/// Maps method and path to a handler. Patterns are literal segments and {name}, which takes one
/// segment. A path without the method answers 405 with Allow; HEAD is answered by GET's handler;
/// OPTIONS by 204 with Allow. Filled before serving, read-only afterwards, then thread-safe.
class Router {
 public:
  struct Route {
    Method method;
    std::string pattern;  ///< "/api/movies/{id}"
    Handler handler;
  };

  void add(Method method, std::string pattern, Handler handler);
  /// Answers everything no route takes (the page's files); 404 problem when there is none.
  void set_fallback(Handler handler);
  /// Runs the route of `request`; path_parameters are filled in. `pattern` names the route for
  /// metrics ("unmatched" for none).
  void dispatch(Request request, Reply reply) const;
  std::string_view pattern_of(const Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  Handler fallback_;
};

}  // namespace marquee::http
