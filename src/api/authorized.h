#pragma once

#include <functional>
#include <string>

#include "api/services.h"
#include "http/router.h"

namespace marquee::api {

/// Adds a route behind the permission table: a caller without its role gets 401 or 403.
void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, http::Handler handler);

/// Runs `answer` on `worker` and replies with what it returns; 503 when the worker is full.
void reply_from(Worker& worker, http::Reply reply, std::function<http::Response()> answer);

}  // namespace marquee::api
