#include "adapters/postgres/error.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "adapters/postgres/storable_text.h"

namespace marquee::postgres {
namespace {

struct Meaning {
  std::string_view state;  ///< a whole SQLSTATE, or the two characters of a class
  ErrorCode code;
  std::string_view remedy;
};

constexpr std::string_view kAgain = "try again";
constexpr std::string_view kBadText =
    "text must be UTF-8 without NUL characters, JSON must be JSON";

/// The first that fits wins: whole states stand before their class.
constexpr std::array kMeanings{
    Meaning{"53100", ErrorCode::kResourceExhausted, "free space on the server's disk"},
    Meaning{"53300", ErrorCode::kUnavailable,
            "raise max_connections of the server or lower the pools of its clients"},
    Meaning{"53", ErrorCode::kUnavailable, kAgain},
    Meaning{"08", ErrorCode::kUnavailable, kAgain},
    Meaning{"40", ErrorCode::kUnavailable, kAgain},
    Meaning{"55P03", ErrorCode::kUnavailable, "another transaction holds it; try again"},
    Meaning{"57014", ErrorCode::kUnavailable, "it took longer than it may; try again"},
    Meaning{"57", ErrorCode::kUnavailable, "the server is starting or stopping; try again"},
    Meaning{"25P03", ErrorCode::kUnavailable, "this process paused for too long; try again"},
    Meaning{"26000", ErrorCode::kUnavailable,
            "something between here and the server drops what a session has; use sessions there"},
    Meaning{"25006", ErrorCode::kUnavailable,
            "the server is a read-only standby; name its primary, or wait for the fail-over"},
    Meaning{"58P01", ErrorCode::kFailedPrecondition,
            "install pgvector 0.8 on the server (Debian: postgresql-16-pgvector)"},
    Meaning{"0A000", ErrorCode::kFailedPrecondition,
            "PostgreSQL 16 with pgvector 0.8 is needed on the server"},
    Meaning{"58", ErrorCode::kUnavailable, "look at the server's log"},
    Meaning{"XX001", ErrorCode::kDataLoss, "the server's storage is damaged: restore a backup"},
    Meaning{"XX002", ErrorCode::kDataLoss, "an index of the server is damaged: REINDEX it"},
    Meaning{"23505", ErrorCode::kConflict, "it is recorded already"},
    Meaning{"22021", ErrorCode::kInvalidArgument, kBadText},
    Meaning{"22P02", ErrorCode::kInvalidArgument, kBadText},
    Meaning{"22P05", ErrorCode::kInvalidArgument, kBadText},
    Meaning{"22003", ErrorCode::kInvalidArgument, "a number is out of range"},
    Meaning{"54000", ErrorCode::kInvalidArgument, "it is too large to be stored or indexed"},
    Meaning{"28", ErrorCode::kFailedPrecondition,
            "check user and password of the setting state and the server's pg_hba.conf"},
    Meaning{"3D", ErrorCode::kFailedPrecondition, "create the database first"},
    Meaning{"3F", ErrorCode::kFailedPrecondition, "run 'marquee migrate'"},
    Meaning{"42P01", ErrorCode::kFailedPrecondition, "run 'marquee migrate'"},
    Meaning{"42703", ErrorCode::kFailedPrecondition, "run 'marquee migrate'"},
    Meaning{"42501", ErrorCode::kFailedPrecondition,
            "grant the role this right (docs/operating.md says which it needs)"},
    Meaning{"42704", ErrorCode::kFailedPrecondition,
            "run deploy/postgres/init.sql in the database as a superuser"},
};

const Meaning& meaning_of(std::string_view sqlstate) {
  static constexpr Meaning kUnknown{"", ErrorCode::kInternal, "this is a bug; please report it"};
  for (const Meaning& meaning : kMeanings) {
    if (sqlstate.starts_with(meaning.state)) return meaning;
  }
  return kUnknown;
}

/// Libpq's words (fe-secure-openssl.c, fe-secure-common.c, fe-connect.c). What breaks off within a
/// handshake says neither.
bool is_about_certificates(std::string_view message) {
  return message.find("certificate") != std::string_view::npos ||
         message.find("server does not support SSL") != std::string_view::npos ||
         message.find("private key file") != std::string_view::npos;
}

/// The server's first line; what follows may repeat parameters. It goes to logs and JSON, so it is
/// UTF-8 and short even when it is none of a server's.
std::string first_line(std::string_view message) {
  constexpr std::size_t kBytesMax = 1'000;
  return storable(message.substr(0, message.find_first_of("\r\n")), kBytesMax);
}

}  // namespace

Error postgres_error(std::string_view sqlstate, std::string_view message, std::string_view where) {
  const Meaning& meaning = meaning_of(sqlstate);
  return Error{meaning.code, fmt::format("{}: {} (SQLSTATE {}); {}", where, first_line(message),
                                         sqlstate, meaning.remedy)};
}

Error connection_error(std::string_view message, std::string_view where) {
  if (is_about_certificates(message)) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{}: {}; check sslmode, sslrootcert and the host of the setting state",
                             where, first_line(message))};
  }
  return Error{ErrorCode::kUnavailable,
               fmt::format("{}: {}; {}", where, first_line(message), kAgain)};
}

bool ends_the_connection(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "53300" ||
         sqlstate == "25P03" || sqlstate == "25006" || sqlstate == "26000";
}

}  // namespace marquee::postgres
