#include "adapters/embedded/sqlite/error.h"

#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

namespace marquee::embedded {
namespace {

struct Meaning {
  ErrorCode code;
  const char* remedy;
};

Meaning meaning_of(sqlite3* db, int extended) {
  const int primary = extended & 0xFF;
  const bool has_errno = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;  // else it is stale
  if (primary == SQLITE_FULL || (has_errno && sqlite3_system_errno(db) == ENOSPC)) {
    return {ErrorCode::kResourceExhausted, "free space on its device"};
  }
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kDataLoss,
              "the file is damaged: restore it from a backup, or, if only folded state is hit, run "
              "'marquee rebuild'"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "another process holds it; try again"};
    case SQLITE_NOMEM:
      return {ErrorCode::kUnavailable, "out of memory; try again"};
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return {ErrorCode::kUnavailable, "check the device and the system's log"};
    case SQLITE_CANTOPEN:
      return {ErrorCode::kUnavailable, "check that the directory exists and may be written"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kPermissionDenied, "check the file's owner and mode"};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::kConflict, "it is recorded already"};
    case SQLITE_INTERRUPT:
      return {ErrorCode::kUnavailable, "it was interrupted; try again"};
    default:
      return {ErrorCode::kInternal, "this is a bug; please report it"};
  }
}

}  // namespace

Error sqlite_error(sqlite3* db, std::string_view doing) {
  const int extended = sqlite3_extended_errcode(db);
  const Meaning meaning = meaning_of(db, extended);
  const char* file = sqlite3_db_filename(db, "main");
  return Error{meaning.code,
               fmt::format("{} in {}: {} (SQLite {}); {}", doing, file == nullptr ? "?" : file,
                           sqlite3_errmsg(db), extended, meaning.remedy)};
}

bool is_failed_write(sqlite3* db) {
  switch (sqlite3_extended_errcode(db)) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return true;
    default:
      return false;
  }
}

}  // namespace marquee::embedded
