#pragma once

#include <string_view>

#include "base/result.h"

namespace marquee::postgres {

/// What a SQLSTATE (PostgreSQL's manual, appendix A) means to a caller, with the remedy named:
///   full disk → kResourceExhausted · away, overloaded, deadlock, serialization, time-out →
///   kUnavailable (try again) · broken unique constraint → kConflict · text that cannot be stored
///   (NUL, invalid UTF-8, no JSON) → kInvalidArgument · no right, missing
///   extension, table or schema → kFailedPrecondition · damaged storage → kDataLoss · anything else
///   → kInternal
/// `where` says what was attempted and on what server; it never holds a password.
Error postgres_error(std::string_view sqlstate, std::string_view message, std::string_view where);

/// For failures of the connection itself, which have no SQLSTATE: kUnavailable, or
/// kFailedPrecondition when `message` is libpq's word that the certificates do not suit, or that
/// the server speaks no TLS at all.
Error connection_error(std::string_view message, std::string_view where);

/// True when a connection that was told this is of no use any more: the server stops, restarts, has
/// ended the session, or is a standby since a fail-over, so that another one must be found; or a
/// prepared statement of it is gone (DISCARD ALL of a pooler).
bool ends_the_connection(std::string_view sqlstate);

}  // namespace marquee::postgres
