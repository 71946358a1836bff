#pragma once

#include <string>

#include "http/message.h"

namespace marquee::api {

/// The request's `traceparent`, or nothing when it has none that is valid: W3C Trace Context,
/// section 3.2 (a client's own mistake must not cost it the event).
std::string traceparent_of(const http::Request& request);

}  // namespace marquee::api
