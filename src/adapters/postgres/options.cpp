#include "adapters/postgres/options.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace marquee::postgres {
namespace {

constexpr std::string_view kForm =
    "want postgresql://user:password@host:port/database?schema=name, special characters as %XX";

Error malformed(std::string_view what) {
  return Error{ErrorCode::kInvalidArgument, fmt::format("the PostgreSQL URI {}: {}", what, kForm)};
}

bool is_schema_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 40 && fits(text[0]) && !text.starts_with("pg_") &&
         std::all_of(text.begin(), text.end(), [&](char c) { return fits(c) || digit(c); });
}

Result<std::int64_t> parse_number(std::string_view name, std::string_view value, std::int64_t max) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (code == std::errc() && end == value.data() + value.size() && number >= 1 && number <= max) {
    return number;
  }
  return malformed(fmt::format("has a {} that is no number from 1 to {}", name, max));
}

/// Takes a parameter of ours; false when `name` is none, and so libpq's.
Result<bool> take_parameter(std::string_view name, std::string_view value, PostgresOptions& out) {
  constexpr std::int64_t kDayMs = 86'400'000;
  if (name == "schema") {
    if (!is_schema_name(value)) return malformed("has a schema that is not [a-z_][a-z0-9_]*");
    out.schema = std::string(value);
    return true;
  }
  if (name == "pool_size") {
    MARQUEE_TRY(const auto number, parse_number(name, value, 1'000));
    out.pool_size = static_cast<std::size_t>(number);
    return true;
  }
  const std::pair<std::string_view, PostgresOptions::Milliseconds*> times[] = {
      {"pool_wait_ms", &out.pool_wait},
      {"connect_timeout_ms", &out.connect_timeout},
      {"read_timeout_ms", &out.read_timeout},
      {"write_timeout_ms", &out.write_timeout}};
  for (const auto& [known, time] : times) {
    if (name != known) continue;
    MARQUEE_TRY(const auto number, parse_number(name, value, kDayMs));
    *time = PostgresOptions::Milliseconds(number);
    return true;
  }
  return false;
}

/// The URI without the parameters that are ours.
Result<std::string> strip_parameters(std::string_view uri, PostgresOptions& out) {
  const std::size_t mark = uri.find('?');
  std::string rest(uri.substr(0, mark));
  if (mark == std::string_view::npos) return rest;
  char separator = '?';
  std::string_view query = uri.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) return malformed("has a parameter without a value");
    MARQUEE_TRY(const bool ours,
                take_parameter(one.substr(0, equals), one.substr(equals + 1), out));
    if (ours) continue;
    rest.append(1, separator).append(one);
    separator = '&';
  }
  return rest;
}

std::string_view value_of(const PostgresOptions& options, std::string_view keyword) {
  for (const auto& [name, value] : options.connection) {
    if (name == keyword) return value;
  }
  return {};
}

}  // namespace

Result<PostgresOptions> PostgresOptions::parse(std::string_view uri) {
  if (!uri.starts_with("postgresql://") && !uri.starts_with("postgres://")) {
    return malformed("does not begin with postgresql://");
  }
  if (uri.find('\0') != std::string_view::npos) return malformed("holds a NUL character");
  PostgresOptions options;
  MARQUEE_TRY(const std::string rest, strip_parameters(uri, options));
  // libpq's own message is dropped: it repeats parts of the URI.
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(rest.c_str(), nullptr), &PQconninfoFree);
  if (parsed == nullptr) return malformed("cannot be read or has an unknown parameter");
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') {
      options.connection.emplace_back(option->keyword, option->val);
    }
  }
  if (value_of(options, "dbname").empty()) return malformed("names no database");
  return options;
}

std::string PostgresOptions::to_string() const {
  const std::string_view user = value_of(*this, "user");
  const std::string_view port = value_of(*this, "port");
  return fmt::format("postgresql://{}{}{}{}{}/{}", user, user.empty() ? "" : "@",
                     value_of(*this, "host"), port.empty() ? "" : ":", port,
                     value_of(*this, "dbname"));
}

}  // namespace marquee::postgres
