#pragma once

#include <string>

#include "api/services.h"
#include "http/router.h"
#include "identity/caller.h"

namespace marquee::api {

/// Runs `action` on `request` between two entries of the audit log: that it is asked for, without
/// which it is not tried (503), and how it ended, before the caller hears of it.
void audited(const Services& services, const identity::Caller& caller, const std::string& operation,
             http::Request request, http::Reply reply, const http::Handler& action);

/// Writes down that the caller, who is known, was refused, then replies with `refusal`.
void audit_refusal(const Services& services, const identity::Caller& caller,
                   const std::string& operation, const http::Request& request, http::Reply reply,
                   http::Response refusal);

}  // namespace marquee::api
