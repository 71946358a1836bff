#pragma once

#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace marquee::embedded {

/// What SQLite's last failure on `db` means to a caller (https://www.sqlite.org/rescode.html), with
/// the file and the remedy named:
///   full disk → kResourceExhausted · damaged or foreign file → kDataLoss · locked, out of memory
///   or a failing device → kUnavailable · broken constraint → kConflict · read-only file →
///   kPermissionDenied · anything else → kInternal
/// `doing` says what was attempted ("storing a step of the fold"). `db` must not be null.
Error sqlite_error(sqlite3* db, std::string_view doing);

/// True after the device failed a write or a flush (a full one did not), when what the disk holds
/// is unknown and only a reopen can tell.
bool is_failed_write(sqlite3* db);

}  // namespace marquee::embedded
