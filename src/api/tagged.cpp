#include "api/tagged.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "http/response_head.h"

namespace marquee::api {

http::Response tagged(const http::Request& request, std::string body) {
  const std::string etag = fmt::format("\"{:016x}\"", stable_hash(body));
  http::Response response;
  response.headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}};
  if (http::etag_matches(request.header("if-none-match").value_or(""), etag)) {
    response.status = 304;
  } else {
    response.body = std::move(body);
  }
  return response;
}

}  // namespace marquee::api
