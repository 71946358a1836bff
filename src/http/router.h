#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace marquee::http {

/// Maps method and path to a handler. Patterns are literal segments and {name}, which takes one
/// segment. A path without the method, be it a known one or not, answers 405 with Allow; HEAD is
/// answered by GET's handler; OPTIONS by 204 with Allow. Filled before serving, read-only
/// afterwards, then thread-safe.
class Router {
 public:
  struct Route {
    Method method;
    std::string pattern;  ///< "/api/movies/{id}"
    Handler handler;
  };

  static constexpr std::string_view kUnmatched = "unmatched";

  /// Where a request goes. Views and pointers into the router.
  struct Match {
    const Route* route = nullptr;  ///< null: no route takes it
    std::string_view pattern = kUnmatched;
    std::string allow;  ///< the methods its path takes, when there are any but its own
  };

  void add(Method method, std::string pattern, Handler handler);
  /// Answers everything no route takes (the page's files); 404 problem when there is none.
  void set_fallback(Handler handler);
  Match match(const Request& request) const;
  /// Runs the route of `request`; path_parameters are filled in.
  void dispatch(Request request, Reply reply) const;
  /// The same for a request that was matched before.
  void dispatch(const Match& match, Request request, Reply reply) const;
  /// Names the route for metrics; kUnmatched for none.
  std::string_view pattern_of(const Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  Handler fallback_;
};

}  // namespace marquee::http
