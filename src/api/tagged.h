#pragma once

#include <string>

#include "http/message.h"

namespace marquee::api {

/// A JSON answer with a strong ETag that follows from its bytes; 304 without a body when the
/// request's If-None-Match names it. Clients may keep it, and ask again before they use it.
http::Response tagged(const http::Request& request, std::string body);

}  // namespace marquee::api
