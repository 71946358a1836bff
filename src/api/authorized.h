#pragma once

#include <functional>
#include <string>

#include "api/services.h"
#include "http/router.h"
#include "identity/caller.h"

namespace marquee::api {

/// A handler that wants to know who calls.
using CallerHandler = std::function<void(const identity::Caller&, http::Request, http::Reply)>;

/// The usual one: a function of the services, too, which must outlive the router.
using ServicesHandler = void (*)(const Services&, const http::Request&, http::Reply);

/// Adds a route behind the permission table: a caller without its role gets 401 or 403, and so does
/// one whose credential is for another viewer than path or query name. A body is the handler's to
/// check (permit_viewer()).
void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, http::Handler handler);
void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, CallerHandler handler);
void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, ServicesHandler handler);

/// Runs `answer` on `worker` and replies with what it returns; 503 when the worker is full.
void reply_from(Worker& worker, http::Reply reply, std::function<http::Response()> answer);

}  // namespace marquee::api
